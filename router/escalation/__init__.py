"""Trying a cheaper model first: whose answer is kept, and when a stronger one is asked instead."""
