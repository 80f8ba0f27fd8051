"""A gateway that says no, and how that is found again in inspect's logs."""

from __future__ import annotations

import re

NO_ANSWER = "no_answer"


class NotAnswered(Exception):
    """`code` is that of the gateway's error, the status, or that of an answer which is another
    model's; there is no text in it (I6).
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def code_in(traceback: str) -> str:
    """The last such error's code out of a traceback as Python prints it; else NO_ANSWER."""
    found = re.findall(rf"^[\w.]*{NotAnswered.__name__}: (\w{{1,64}})$", traceback, re.MULTILINE)
    return found[-1] if found else NO_ANSWER
