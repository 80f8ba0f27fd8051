"""Whether what stands where a secret would stand is one: pure, and the same for every format.

Configuration and code name passwords far more often than they hold one, so the question here is
what a value is *not*: a placeholder, a variable, a type, a word of a sentence about passwords.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter

_MAX_WRITTEN = 200
_EDGES = " \t\r\n\"'`.,;:!?)]}>"

_PLACEHOLDER = re.compile(
    r"""
      .*(?:\$\{|\$\(|\{\{|<%|%\(|\#\{|\{[\w.!:]*\}).*   # a template, wherever it stands
    | <.*>?  | \[.*\] | \{.*\}? | \$[A-Za-z_].*  | %[\w-]*%? | @\w+@
    | \W+ | (.)\1*  | [xX*•.#_-]{3,}.{0,4}              # one sign over and over
    | .*\*{3,}.* | .*[xX]{5,}.* | .*\.{3}
    |
    (?:your|my|the|some|insert|enter|put|add|replace|example|sample|dummy|fake|placeholder|redacted
        |hidden|set|provide|paste|fill|dein|mein|ihr|votre|mon|tu|su|mi|seu|sua|jouw|uw|masked|stub)
        [-_ ].*
    | .*[-_ ](?:here|goes[-_ ]here|placeholder|example)
    | (?:secret|token|key|pass|password|passwd|test|demo|foo|example|api|access|auth|client)
        (?:[-_. ]?(?:key|token|secret|value|id|password|name|env|arg|param|file|path|hash|field))*
    | (?:abc|123|xyz){2,}\d* | .*(?:1234567890){2,}.* | abcdef\w{0,6} | foo(?:bar)?(?:baz)? | bar
    | baz
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

_NO_PASSWORDS_TEXT = """
    any blank bool boolean bytes change changeme char config confirm const current default
    disabled empty enabled encrypted entry env environment error expired false field file format
    forgot generated get hash hashed hidden input int integer invalid json key keyring keychain
    label length list login lorem manager mandatory message missing model name new next nil no
    none normal not null number object off old on one-time only optional or os param password
    passwords passwd passwort kennwort contraseña contrasena senha wachtwoord passphrase passcode
    pass pwd mdp pin placeholder policy private prompt protected public random readonly redacted
    removed repeat request required reset return same sanitized schema secret secrets self
    sensitive server service set show some something store str string strong super text this token
    true tuple type undefined unknown unset update user username usernames users valid value
    values vault verify void weak with without word wrong yes your yourself securestring secretstr
    passwordfield charfield forminput plaintext hello and are as at be been but by can cannot for
    from has have if in into is it its must of should that the their then these they to was were
    when which while who will you we he she ist sind war wird und oder nicht falsch erforderlich
    muss soll kann oublié requis est sont doit pas faux incorrect incorrecta incorrecto
    obligatorio obligatoria debe olvidada olvidado errata richiesta deve dimenticata obrigatória
    obrigatório deve esquecida vergeten vereist moet incorrect invalide ungültig vergessen
    zurücksetzen zurückgesetzt abgelaufen geändert expirado scaduta verlopen too also always never
    stored leaked stolen compromised safe correct unsafe sha1 sha256 sha512 md5 bcrypt scrypt
    argon2 argon2id pbkdf2 base64 hmac utf8 utf-8 aes256 oauth2 saml2 http2 ipv4 ipv6 2fa mfa
    python3 http https plain html password_confirmation todo tbd tba fixme n/a na tbc
"""
_NO_PASSWORDS = frozenset(_NO_PASSWORDS_TEXT.split())

_CODE = re.compile(
    r"""
      \(.*
    | [A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*|::\w+|->\w+)+\W*   # attribute.access
    | [A-Za-z_$][\w$.:>-]*[(\[].*                                 # call( or index[
    | [a-z_$][a-z\d]*(?:_[a-z\d]*)+[,;:)]*                        # snake_case
    | [a-z]+(?:[A-Z][a-z]+)+[,;:)]*                               # camelCase
    | (?:[A-Z][a-z]+){2,}[,;:)]*                                  # CamelCase
    | [!&*@|]?[A-Z]{2,}(?:_[A-Z]+)*[,;:)]*                        # CONSTANT
    | (?:arg|str|var|val|param|field|data|buf|tmp|pw|pwd|pass|key|user|test|line|opt|x|s|p|a)\d{1,2}
    | \d{1,3}[,;)]*
    | [=<>|&+-]\W?[\w.\s]*(?:[(\[].*|\W*) | --?[A-Za-z][\w-]*(?:=.*)? | ![A-Za-z:]+
    | (?:[a-z]+(?:_[a-z\d]+)+|[A-Z]{2,}[A-Z_]*)=(?:[^=].*)?        # the next setting
    | ~?/[\w./-]*  | \.{1,2}/.* | https?://[^@]*
    """,
    re.VERBOSE | re.DOTALL,
)

_SAID_OF_PASSWORDS = re.compile(
    r"(?:.*(?:ed|ing|able|ible|ive|ent|ant|ful|less|ous|iert|bar|lich|ée?|ido|ida|ado|ada|ato|"
    r"ata|uto|uta))",
    re.IGNORECASE,
)
_UI_WORDS = re.compile(
    r"\b(?:enter|your|must|required?|invalid|please|forgot|reset|confirm|new|old|change|the|for|"
    r"and|or"
    r"|is|are|of|not|a|an|to|with|has|been|should|cannot|can|mismatch|wrong|type|again|repeat|"
    r"show|hide"
    r"|bitte|ihr|dein|neues|das|votre|le|la|de|su|tu|una?|il|sua|uw|je|het)\b",
    re.IGNORECASE,
)


def entropy_bits(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits a character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


_DIGEST = re.compile(
    r"sha-?(?:1|224|256|384|512)[:-][0-9a-f]{40,128}|md5:[0-9a-f]{32}", re.IGNORECASE
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_GIT_OR_SHA256 = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_INDEX_OR_CALL = re.compile(r"[A-Za-z_][\w.]*[\[(]")


def _is_nobodys(value: str) -> bool:
    """What programs number things by: an object's identifier, and the digest of a file, which says
    what it is. Nobody types either as a password."""
    return _UUID.fullmatch(value) is not None or _DIGEST.fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """True for what documentation writes where a secret belongs."""
    bare = value.strip(_EDGES)
    if len(bare) > _MAX_WRITTEN:  # nobody writes that much for nothing; and `re` would take long
        return len(set(bare)) < 4
    return (
        not bare
        or bare.casefold() in _NO_PASSWORDS
        or _PLACEHOLDER.fullmatch(bare) is not None
        or _PLACEHOLDER.fullmatch(value.strip()) is not None
    )


def is_quoted_password(value: str) -> bool:
    """A string literal after a password's name; words with spaces may be a label or a message."""
    bare = value.strip()
    if sum(character.isalnum() for character in bare) < 3 or is_placeholder(bare):
        return False
    if _is_nobodys(bare):
        return False
    if re.search(r"\s", bare):
        return (
            not _UI_WORDS.search(bare) and re.fullmatch(r"\w+(?:[\s-]\w+){2,11}", bare) is not None
        )
    return not re.fullmatch(r"(?:https?:)?/[\w./-]*|[a-z]+(?:[_-]?pass\w*|[_-]field)", bare)


def is_unquoted_password(value: str) -> bool:
    """A bare value after `=` or `:`; in code that would be an expression."""
    bare = value.strip().rstrip(".,;")
    if len(bare) < 4 or is_placeholder(bare) or _is_code(bare) or _is_nobodys(bare):
        return False
    return _is_mixed(bare)


def is_plain_word_password(value: str) -> bool:
    """A bare lower-case word where nothing but a password can stand."""
    return len(value) >= 5 and not is_placeholder(value) and not _is_code(value)


def is_stated_password(value: str) -> bool:
    """What follows "the password is": an ordinary word there says something about the password."""
    bare = value.strip(_EDGES + "(<[{")
    if len(bare) < 4 or is_placeholder(bare) or re.fullmatch(r"\d{1,3}|\d+(?:st|nd|rd|th|%)", bare):
        return False
    if re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", bare):
        return False
    if _is_nobodys(bare) or _INDEX_OR_CALL.fullmatch(value.strip()):
        return False
    if re.fullmatch(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", bare):  # words and hyphenated words
        return bool(re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", bare)) and "'" not in bare
    return _is_mixed(bare) or re.fullmatch(r"\d{4,12}", bare) is not None


def is_my_plain_password(value: str) -> bool:
    """The last word of "my password is …"."""
    bare = value.strip(_EDGES)
    return (
        len(bare) >= 5
        and bare.casefold() not in _NO_PASSWORDS
        and not _SAID_OF_PASSWORDS.fullmatch(bare)
    )


def is_adjacent_password(value: str) -> bool:
    """What follows the word with no verb between: only what no sentence would have there."""
    bare = value.strip(_EDGES + "(")
    if len(bare) < 6 or not is_stated_password(bare) or _is_code(value):
        return False
    if _GIT_OR_SHA256.fullmatch(bare):
        return False
    signs = bool(re.search(r"[!@#$%^&*+=?~]", value.strip("\"'`.,;:)")))
    digits = bool(re.search(r"\d", bare))
    letters = bool(re.search(r"[A-Za-z]", bare))
    return letters and (digits or signs) and not re.fullmatch(r"[A-Z]{1,6}-?\d{1,4}", bare)


def is_random(value: str) -> bool:
    """A key or token: no placeholder, no identifier, and not written by hand."""
    bare = value.strip(_EDGES)
    if len(bare) < 8 or is_placeholder(bare) or _is_code(bare):
        return False
    if not (re.search(r"\d", bare) and re.search(r"[A-Za-z]", bare)):
        return len(bare) >= 20 and entropy_bits(bare) >= 3.5 and not re.search(r"[_\s./-]", bare)
    return entropy_bits(bare) >= (3.0 if len(bare) >= 16 else 2.5)


def is_token_body(value: str) -> bool:
    """What follows a vendor's own prefix: the prefix has decided, unless this is a placeholder."""
    return not is_placeholder(value) and entropy_bits(value) >= 2.5 and not _is_words(value)


def is_vendor_body(value: str) -> bool:
    """A body with a digit; or a long one without, whose capitals follow no words."""
    if not is_token_body(value):
        return False
    if any(character.isdigit() for character in value):
        return True
    humps = len(re.findall(r"[a-z][A-Z]|[A-Z]{2}[a-z]", value))
    return len(value) >= 20 and value.isalnum() and humps >= len(value) // 5


def is_high_entropy_base64(value: str) -> bool:
    """A 40-character secret by itself; a digest in hex has no upper case."""
    kinds = (r"[a-z]", r"[A-Z]", r"\d")
    return all(re.search(kind, value) for kind in kinds) and entropy_bits(value) >= 4.2


def is_basic_credentials(value: str) -> bool:
    """RFC 7617: base64 of `user:password`."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return ":" in decoded[1:] and decoded.isprintable()


def is_url_with_password(value: str) -> bool:
    """`scheme://user:password@host`, where the password is one."""
    userinfo = value.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[0]
    user, _, password = userinfo.partition(":")
    if is_placeholder(password) and password.casefold() not in {"admin", "root", "guest"}:
        return False
    return not (user.casefold() in {"user", "username"} and password.casefold().startswith("pass"))


def is_seed_phrase(value: str) -> bool:
    """12 to 24 words of a word list; BIP-39's has no articles, pronouns or short prepositions."""
    words = [word for word in re.split(r"[^a-z]+", value.casefold()) if word]
    prose = {"the", "and", "you", "your", "are", "was", "his", "her", "for", "with", "from", "that"}
    return 12 <= len(words) <= 25 and not prose.intersection(words) and len(set(words)) >= 9


def is_base32_secret(value: str) -> bool:
    """RFC 6238 secrets are shared in base32, often in groups of four."""
    bare = re.sub(r"[\s-]", "", value)
    return len(bare) >= 16 and bool(re.search(r"[2-7]", bare)) and entropy_bits(bare) >= 3.0


def _is_code(value: str) -> bool:
    return len(value) <= _MAX_WRITTEN and _CODE.fullmatch(value) is not None


def _is_mixed(value: str) -> bool:
    """More than one kind of character: letters with digits or signs, or case inside a word."""
    if re.fullmatch(r"[a-zà-ÿ]+|[A-ZÀ-Þ][a-zà-ÿ]*|[A-ZÀ-Þ]+", value):
        return False
    if re.fullmatch(r"[\d.,:/-]+", value):
        return re.fullmatch(r"\d{4,}", value) is not None
    return True


def _is_words(value: str) -> bool:
    """`the-name-of-a-thing` or `some_identifier_of_mine`."""
    return (
        re.fullmatch(r"[a-z]{2,}(?:[-_][a-z]{2,})+|[A-Z]{2,}(?:[-_][A-Z]{2,})+", value) is not None
    )
