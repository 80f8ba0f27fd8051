"""Passwords: in configuration, on command lines, and said in a sentence, in seven languages."""

from __future__ import annotations

from router.privacy.recognisers.pattern import Pattern
from router.privacy.recognisers.secret_values import (
    is_adjacent_password,
    is_my_plain_password,
    is_placeholder,
    is_plain_word_password,
    is_quoted_password,
    is_stated_password,
    is_unquoted_password,
)

_NAMES = (
    r"pass[ _-]?(?:words?|wd|wort|wörter|phrase|code)|passw|kennw[oö]rt|zugangscode|geheimzahl"
    r"|mots? de passe|phrase (?:de passe|secrète)|code d['’]accès"
    r"|contrase(?:ñ|n|ñ)as?|clave de acceso|parola d['’]ordine|parola chiave|codice d['’]accesso"
    r"|senhas?|palavra[- _]passe|wachtwoord(?:en)?|toegangscode"
)
_SHORT = r"pwd|pw|pass|psw|mdp|pwrd|passwrd|mot_de_passe|clave"
_STRICT = rf"(?:{_NAMES}|(?:^|[^a-z0-9\x80-\x{{10ffff}}])(?:{_SHORT}))"
_TAIL = r"(?-i:_[A-Z0-9]{1,12}){0,2}_?\d{0,2}"
_IS = (
    r"(?:is|was|are|be|set to|changed to|reset to|to|now|equals|lautet|ist|lautete|war|auf|est|"
    r"était"
    r"|sera|es|era|será|è|é|era|sarà|is nu|luidt|als|ora|agora|maintenant|ahora)"
)
_ASSIGN = r"[\"'`\]*]{0,3}\s{0,4}(?:=>|:=|===?|=|:|→|->)[*_]{0,2}\s{0,4}"
_FULL_WORD = r"[^\s\"'“”„«»‘’`<>|]"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        name="password_quoted",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}{_TAIL}{_ASSIGN}[fbru]{{0,2}}(?:\"(?P<value>[^\"\n]{{3,128}})\")",
        score=0.95,
        boundaries=False,
        validate=is_quoted_password,
    ),
    Pattern(
        name="password_single_quoted",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}{_TAIL}{_ASSIGN}[fbru]{{0,2}}(?:['`](?P<value>[^'`\n]{{3,128}})['`])",
        score=0.95,
        boundaries=False,
        validate=is_quoted_password,
    ),
    Pattern(
        name="password_unquoted",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}{_TAIL}{_ASSIGN}(?P<value>{_FULL_WORD}{{4,128}})",
        score=0.95,
        boundaries=False,
        validate=is_unquoted_password,
    ),
    Pattern(
        name="password_environment",
        entity_type="PASSWORD",
        regex=r"(?m:(?:^|\s)(?:export |set |- )?(?-i:[A-Z0-9_]{0,40}(?:PASSWORD|PASS|PASSWD|PWD|"
        r"PASSPHRASE|PW)"
        r"[A-Z0-9_]{0,20})=(?P<value>[a-z]{5,30})\s*$)",
        score=0.9,
        boundaries=False,
        validate=is_plain_word_password,
    ),
    Pattern(
        name="password_line",
        entity_type="PASSWORD",
        regex=rf"(?m:{_STRICT}\s?:\s{{0,3}}(?P<value>[a-z]{{5,30}})[.,;]?\s*(?:$|[|/]))",
        score=0.8,
        boundaries=False,
        validate=is_plain_word_password,
    ),
    Pattern(
        name="password_element",
        entity_type="PASSWORD",
        regex=r"<(?:\w{0,20}[:_-])?(?:password|passwd|pwd|passphrase|kennwort|passwort|pass)"
        r"(?:\s[^<>]{0,80})?>(?:<!\[CDATA\[)?(?P<value>[^<>\s]{3,128})(?:\]\]>)?</",
        score=0.95,
        boundaries=False,
        validate=is_quoted_password,
    ),
    Pattern(
        name="password_key_value_attributes",
        entity_type="PASSWORD",
        regex=r"(?:key|name|id)=[\"'][\w.:-]{0,40}(?:password|passwd|pwd)[\"']\s{1,3}value=[\"']"
        r"(?P<value>[^\"'\n]{3,128})[\"']",
        score=0.95,
        boundaries=False,
        validate=is_quoted_password,
    ),
    Pattern(
        name="password_option",
        entity_type="PASSWORD",
        regex=r"(?:\s-{1,2}(?:[a-z]+[-_])?(?:password|passwd|pass|pwd|passphrase)(?:\s+|=)|"
        r"sshpass -p ?"
        r"|\s-p(?-i:asswd)?:|/pass(?:word)?:|identified by )[\"']?(?P<value>[^\s\"'<>|"
        r"-][^\s\"'<>|]{2,128})",
        score=0.9,
        boundaries=False,
        validate=lambda value: is_stated_password(value) or is_unquoted_password(value),
    ),
    Pattern(
        name="user_option",
        entity_type="PASSWORD",
        regex=r"(?:curl|wget|https?|xh)\s(?:[^\n]{0,200}?\s)?(?:-u\s?|--user[ =]|-a\s)[\"']?"
        r"[\w.@+-]{1,64}:(?P<value>[^\s\"'<>|]{3,128})",
        score=0.9,
        boundaries=False,
        validate=lambda value: not is_placeholder(value),
    ),
    Pattern(
        name="mysql_option",
        entity_type="PASSWORD",
        regex=r"(?-i:\b(?:mysql|mysqldump|mysqladmin|mariadb|mongo|mongosh|redis-cli|psql|sqlcmd|"
        r"bcp)\s"
        r"[^\n]{0,160}?\s-[pPa]\s?)[\"']?(?P<value>[^\s\"'<>|-][^\s\"'<>|]{3,128})",
        score=0.9,
        boundaries=False,
        validate=is_unquoted_password,
    ),
    Pattern(
        name="netrc",
        entity_type="PASSWORD",
        regex=r"(?:login|user(?:name)?)\s+\S{1,80}\s+password\s+(?P<value>\S{3,128})",
        score=0.9,
        boundaries=False,
        validate=lambda value: not is_placeholder(value) and len(value) >= 4,
    ),
    Pattern(
        name="pgpass",
        entity_type="PASSWORD",
        regex=r"(?m:^[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w.-]{1,64}:(?P<value>\S{3,128})$)",
        score=0.9,
        boundaries=False,
        validate=lambda value: not is_placeholder(value),
    ),
    Pattern(
        name="password_hash",
        entity_type="PASSWORD",
        regex=r"\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|md5|apr1|argon2(?:id|i|d)|scrypt|"
        r"pbkdf2(?:-sha\d+)?)"
        r"\$[./A-Za-z0-9=$,+-]{20,}|pbkdf2_sha\d{1,3}\$\d+\$[./A-Za-z0-9=$+]{20,}",
        score=0.9,
        boundaries=False,
    ),
    Pattern(
        name="password_stated",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}(?:[\s,][^\n=\"]{{0,70}}?)??[\s,]{_IS}(?:\s+now)?\s*:?\s+"
        rf"[\"'“„«‘`*]{{0,3}}\s?(?P<value>{_FULL_WORD}{{4,128}})",
        score=0.9,
        boundaries=False,
        validate=is_stated_password,
    ),
    Pattern(
        name="password_stated_quoted",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}(?:[\s,][^\n=\"]{{0,70}}?)??[\s,]{_IS}\s*:?\s*"
        r"[\"'“„«‘`]\s?(?P<value>[^\s\"'“”„«»‘’`]{4,128})\s?[\"'”“»’`]",
        score=0.9,
        boundaries=False,
        validate=lambda value: (
            is_quoted_password(value) and (is_stated_password(value) or value.islower())
        ),
    ),
    Pattern(
        name="passphrase_stated",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}(?:\s[^\n=\"]{{0,50}}?)??\s{_IS}\s*:?\s*"
        r"[\"“„«](?P<value>[^\n\"“”„«»]{6,128})[\"”“»]",
        score=0.85,
        boundaries=False,
        validate=is_quoted_password,
    ),
    Pattern(
        name="my_password_is",
        entity_type="PASSWORD",
        regex=r"(?:my|our|his|her|their|meine?|unser|mon|notre|mi|nuestra|la mia|mia|minha|mijn|"
        r"ons)\s+"
        rf"(?:[\w-]{{1,20}}\s+){{0,2}}{_STRICT}\s+(?:is|ist|lautet|est|es|è|"
        rf"é)\s+(?P<value>[a-z]{{5,30}})\s*"
        r"(?:$|[.!\n])",
        score=0.8,
        boundaries=False,
        validate=is_my_plain_password,
    ),
    Pattern(
        name="password_adjacent",
        entity_type="PASSWORD",
        regex=rf"{_STRICT}[\s,]{{1,2}}(?:of\s)?[(*\"'“„«‘`]?(?P<value>{_FULL_WORD}{{6,128}})",
        score=0.85,
        boundaries=False,
        validate=is_adjacent_password,
    ),
    Pattern(
        name="password_after",
        entity_type="PASSWORD",
        regex=r"(?:use|using|try|enter|type|verwende|nutze|nimm|utilise[zr]?|usa|use|utiliza|"
        r"gebruik)\s+"
        rf"[\"'“„«‘`]?(?P<value>{_FULL_WORD}{{6,128}})[\"'”“»’`]?\s+(?:as|for|als|comme|como|"
        r"come)\s+"
        rf"(?:the |my |a |your |das |le |la |il |o |het )?{_STRICT}",
        score=0.85,
        boundaries=False,
        validate=is_adjacent_password,
    ),
    Pattern(
        name="credential_pair",
        entity_type="PASSWORD",
        regex=r"(?:log[ -]?ins?|sign[ -]?in|credentials?|creds|accounts?|zugangsdaten|"
        r"anmeldedaten|zugang|identifiants?"
        r"|acc[eè]so|credenciales|credenziali|credenciais|inloggegevens|inloggen|"
        r"user(?:name)?)\b[^\n]{0,50}?"
        r"[\s:(\"'`][\w.+@-]{2,64}[\"'`]?(?:\s{0,2}(?:/|\||,|//| - )\s{0,2}|:)[\"'`]?"
        rf"(?P<value>{_FULL_WORD}{{6,64}})",
        score=0.85,
        boundaries=False,
        validate=is_adjacent_password,
    ),
    Pattern(
        name="pin",
        entity_type="PASSWORD",
        regex=r"(?:(?-i:\bPIN)|\bpin[- ]?(?:code|number|nummer|kode)|geheimzahl|code pin|"
        r"código pin|codice pin|(?:my|her|his|card|door"
        r"|phone|sim|alarm|mein|mon|mi|mio|mijn) pin)\b(?:\s+(?:for|of|für|der|des|de|"
        r"della?|da|do|per|van)\s+[^\n:=\"]{1,40}?)?"
        r"\s{0,3}(?:#|:|=|is|was|ist|lautet|est|es|è|é|\s)\s{0,3}[\"'`]?(?P<value>\d{4,8})",
        score=0.85,
        boundaries=False,
    ),
    Pattern(
        name="access_code",
        entity_type="PASSWORD",
        regex=r"(?:verification|security|one[- ]time|otp|2fa|mfa|access|door|alarm|gate|safe|"
        r"entry|unlock|lockbox|login"
        r"|sms|auth(?:entication)?|bestätigungs|sicherheits|tür|vérification|sécurité|"
        r"verificación|seguridad"
        r"|verifica|sicurezza|verificação|segurança|verificatie|beveiligings)[- ]?(?:code|pin|"
        r"passcode|combination|otp)"
        r"(?:\s+(?:for|to|of)\s+[^\n:=\"]{1,40}?)?\s{0,3}(?:#|:|=|is|was|ist|lautet|est|es|è|"
        r"é)\s{0,3}[\"'`]?"
        r"(?P<value>\d{4,8}(?:-\d{3,4})?)",
        score=0.85,
        boundaries=False,
    ),
    Pattern(
        name="code_de",
        entity_type="PASSWORD",
        regex=r"(?:code|código|codice|kode) (?:de |d['’]|di |da |voor )?(?:vérification|sécurité|"
        r"verificación|seguridad"
        r"|verifica|sicurezza|verificação|segurança|accès|acceso|accesso|acesso|la puerta|porte)"
        r"\s{0,3}(?:#|:|=|est|es|è|é)\s{0,3}(?P<value>\d{4,8})",
        score=0.85,
        boundaries=False,
    ),
    Pattern(
        name="wifi",
        entity_type="PASSWORD",
        regex=r"(?:\bpsk|wpa_passphrase|wpa2?[ -]?(?:key|psk|personal)?|wi-?fi[ -](?:key|code|"
        r"pass)|wlan[- ]?(?:schlüssel|key|code)"
        r"|clé (?:wi-?fi|wpa)|WIFI:[^\n]{0,80}?;P)[\"']?\s{0,3}(?::|=|is|ist|lautet|"
        r"est)\s{0,3}[\"'`]?"
        rf"(?P<value>{_FULL_WORD}{{6,64}})",
        score=0.85,
        boundaries=False,
        validate=lambda value: is_stated_password(value) or is_unquoted_password(value),
    ),
)
