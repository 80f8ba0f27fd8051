"""What shows that a change does no harm: the signed record of a gate, and what asks for one."""
