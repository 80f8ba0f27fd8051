"""Requests, tokens and money: what is held before a request and settled after it."""
