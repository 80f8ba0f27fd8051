"""Tokens per second that can be believed: what was sent, on what, how often, and what was counted.

The load is `vllm bench serve`'s. What is here goes around it: lengths, arrivals, repeats, the
steady part of a run, what it took of CPU and power, what makes it worthless, and the record.
"""
