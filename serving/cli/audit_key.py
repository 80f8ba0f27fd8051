"""`ringfence audit key`"""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from router.audit.log.checkpoint import origin_of
from router.audit.log.verifier_key import verifier_key
from serving.cli.audit_state import key_of_log
from serving.cli.options import STATE_DIR, AsJson, StateDir
from serving.cli.output import cures, out, print_json
from serving.cli.state import existing


def key(state_dir: StateDir = STATE_DIR, as_json: AsJson = False) -> None:
    """Print the log's public key, as a verifier key of signed-note: NAME+ID+KEY.

    Kept elsewhere, it verifies the log (`audit verify --key`) and bundles without believing this
    machine. --json has it as PEM and in hex, too.

    Example: ringfence audit key > key-of-the-log
    """
    with cures():
        public = key_of_log(existing(state_dir))
    if not as_json:
        out.print(verifier_key(public), markup=False)
        return
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    print_json(
        {
            "log": origin_of(public),
            "verifier_key": verifier_key(public),
            "hex": public.public_bytes_raw().hex(),
            "pem": pem.decode("ascii"),
        }
    )
