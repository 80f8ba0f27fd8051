"""Verify a bundle that `ringfence audit export` wrote, offline, believing nothing but a key.

Prints the key, the log's size and when it was signed, and a line for each entry: its place, what it
says, and by when it was in the log. Needs Python 3.11 and `cryptography`, and nothing of Ringfence.

Exit status: 0 verified, 1 something is wrong and the line after WRONG says what, 2 wrong usage.
Example: python verify_bundle.py october.json key-of-the-log
"""

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def check(holds, problem):
    if not holds:
        raise ValueError(problem)


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def climb(first, root, proof, place, last):
    """RFC 9162: up from a hash at `place`, by `proof`: the first log's root and the whole one's."""
    for sibling in proof:
        check(last > 0, "a proof is too long")
        if place & 1 or place == last:
            first, root = node(sibling, first), node(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node(root, sibling)
        place, last = place >> 1, last >> 1
    check(last == 0, "a proof is too short")
    return first, root


def signed(note, key):
    """(size, root, time in Unix seconds) of a C2SP checkpoint that this key has signed."""
    text, signature = note.split("\n\n")
    origin, size, root, when = text.split("\n")
    name = "ringfence/" + hashlib.sha256(key).hexdigest()[:16]
    raw = base64.b64decode(signature.removeprefix(f"— {name} "))
    key_id = hashlib.sha256(f"{name}\n\x01".encode() + key).digest()[:4]
    check((origin, raw[:4]) == (name, key_id), "a checkpoint is of another log, or by another key")
    Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], (text + "\n").encode())
    return int(size), base64.b64decode(root), int(when.removeprefix("timestamp "))


def consistent(old, new, proof):
    (size, root, _), (place, last) = old, (old[0] - 1, new[0] - 1)
    check(0 <= place < last and proof, "an earlier checkpoint is not earlier")
    path = proof if size & place else [root, *proof]
    shift = (size & -size).bit_length() - 1
    roots = climb(path[0], path[0], path[1:], place >> shift, last >> shift)
    check(roots == (root, new[1]), f"the log of {size} entries was rewritten")


def shown(time_s):
    return datetime.fromtimestamp(time_s, UTC).isoformat(" ", "seconds")


def verify(bundle, trusted_key):
    """Yields what the bundle shows, a line at a time; raises for the first thing that is wrong."""
    check((bundle["format"], bundle["schema"]) == ("ringfence-audit-bundle", 1), "not a bundle")
    key = base64.b64decode(bundle["public_key"])
    check(trusted_key in (None, key), "the bundle is signed with another key than yours")
    yield f"key {key.hex()}: {'yours' if trusted_key else 'COMPARE IT with the operator'}"
    new = signed(bundle["checkpoint"], key)
    yield f"log of {new[0]} entries, signed {shown(new[2])}"
    covers, last = [new], -1
    for earlier in bundle["earlier"]:
        covers.append(signed(earlier["note"], key))
        consistent(covers[-1], new, [base64.b64decode(each) for each in earlier["consistency"]])
    for entry in bundle["entries"]:
        seq, leaf, said = entry["seq"], base64.b64decode(entry["leaf_hash"]), {"kind": "pruned"}
        if entry["body"] is not None:
            said = json.loads(body := base64.b64decode(entry["body"]))
            said["recorded"] = shown(said["recorded_at_s"])
            check(leaf == hashlib.sha256(b"\0" + body).digest(), f"entry {seq} was changed")
        check(last < seq < new[0], f"entry {seq} is not in the log, or there twice")
        path = [base64.b64decode(each) for each in entry["inclusion"]]
        check(climb(leaf, leaf, path, seq, new[0] - 1)[1] == new[1], f"entry {seq} is not there")
        by, last = min(time_s for size, _, time_s in covers if size > seq), seq
        names = ("recorded", "kind", "request_id", "data_class", "act", "model", "status")
        yield f"{seq} {' '.join(str(said[n]) for n in names if n in said)}, in the log {shown(by)}"
    yield f"{len(bundle['entries'])} entries verified"


def key_of(content):
    """32 raw bytes, or a line that `ringfence audit key` printed: NAME+ID+base64 of 1 and them."""
    if len(content) == 32:
        return content
    raw = base64.b64decode(content.decode("ascii").strip().split("+", 2)[-1], validate=True)
    check(len(raw) == 33 and raw[0] == 1, "the key file has no key of a log")
    return raw[1:]


if __name__ == "__main__":
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("bundle", type=Path, help="the file that was exported")
    key_help = "the log's key, got in another way; without it the one in the bundle is believed"
    parser.add_argument("key", type=Path, nargs="?", help=key_help)
    given = parser.parse_args()
    try:
        trusted = key_of(given.key.read_bytes()) if given.key else None
        lines = verify(json.loads(given.bundle.read_bytes()), trusted)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    except (InvalidSignature, LookupError, OSError, TypeError, ValueError) as error:
        sys.exit(f"WRONG: {error or type(error).__name__}")
