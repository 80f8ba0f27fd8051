"""Private keys, as files and pasted."""

from __future__ import annotations

from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.secret_values import is_seed_phrase

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="pem_private_key",
        entity_type="PRIVATE_KEY",
        # The header and the start of a body: code that looks for the header has none.
        regex=r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\\rn\"'+,>|]{0,30}"
        r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash)[^\n]{1,90}[\s\\rn\"'+>|]{1,20}){0,4}"
        r"[A-Za-z0-9+/=]{10,}",
        score=0.99,
    ),
    Pattern(
        name="key_file",
        entity_type="PRIVATE_KEY",
        regex=r"PuTTY-User-Key-File-\d: [\w-]{3,30}|<RSAKeyValue>[\s\S]{0,900}<D>|"
        r"\"d\"\s?:\s?\"[\w-]{40,}\"",
        score=0.95,
    ),
    Pattern(
        name="hex_private_key",
        entity_type="PRIVATE_KEY",
        regex=r"(?:priv(?:ate)?[ _-]?key|wallet[ _-]?key|privater? schlüssel|clé privée|"
        r"clave privada"
        r"|chiave privata|chave privada|privésleutel)[\"'`]?[^\n]{0,20}?[\s:=\"'(]"
        r"(?P<value>(?:0x)?[0-9a-f]{64}|(?-i:[5KL][1-9A-HJ-NP-Za-km-z]{50,51}))",
        score=0.95,
    ),
    Pattern(
        name="seed_phrase",
        entity_type="PRIVATE_KEY",
        regex=r"(?:seed|recovery|mnemonic|backup|wallet|wiederherstellungs|récupération|"
        r"recuperación"
        r"|recupero|recuperação|herstel)[ -]?(?:phrase|words?|seed|mnemonic|phrases?|wörter|"
        r"frase|zin"
        r"|"
        r"phrase secrète)?[^\n]{0,40}?[^a-z](?P<value>(?:(?:\d{1,2}[.)]\s?)?[a-z]{3,8}[\s,]{1,3})"
        r"{11,23}"
        r"(?:\d{1,2}[.)]\s?)?[a-z]{3,8})",
        score=0.95,
        validate=is_seed_phrase,
    ),
)
