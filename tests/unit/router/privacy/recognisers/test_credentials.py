"""Secrets are found in code, configuration and sentences; talk about secrets is not."""

from __future__ import annotations

import pytest

from router.privacy.recognisers import credentials
from router.privacy.recognisers.match import PatternMatcher

MATCHER = PatternMatcher(credentials.PATTERNS)

FOUND = [
    "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
    'export AWS_SECRET_ACCESS_KEY="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"',
    "my key is AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-Xy7zQp2LmN9vRt4KsW8b",
    "slack: xoxb-263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "OPENAI_API_KEY=sk-proj-abcD1234efGH5678ijKL9012mnOP",
    "sk-ant-api03-AbCdEf0123456789-ghIJKL_mnop",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345",
    "npm_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "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",
    "SK0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "-----BEGIN RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA7bq",
    "key: -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE",
    "Authorization: Bearer 7f3a9c1e5b2d4f6a8c0e1b3d5f7a9c2e",
    "Authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l",
    'password = "hunter2"',
    'password: "sunshine"',
    "db_password='correct horse battery staple'",
    "pwd: Tr0ub4dor&3",
    "PASS=s3cr3t!",
    "DB_PASS=letmein",
    "mysql -u root -pS3cretPw99 shop",
    "./run --password Winter2024! --host db",
    '{"user": "bob", "password": "Zx9!kq"}',
    "spring.datasource.password=Pr0d#Pass",
    "<password>g3h31m</password>",
    '<add key="DbPassword" value="Pa55w.rd"/>',
    "the password is hunter2",
    "My password is swordfish.",
    "Mein Passwort lautet Sommer2023!",
    "Das Kennwort für den Server ist Xk42-tango",
    "le mot de passe est Soleil!2022",
    "mon mdp : chaton93",
    "La contraseña es Gato_Negro7",
    "mi clave: perro2020",
    "la password è Estate2021!",
    "a senha é Brasil@2022",
    "Het wachtwoord is Fiets123!",
    "login: mhorvat / pw: Sonne77",
    "credentials: maria.alexei@jobport.net / SecureP@ss8901.",
    "user lily.ross@viztra.org with password Qr7!dke#39",
    "and his password !Open4Dayz.",
    "with password 'LegacyAccess#2023' to prevent",
    "My PIN is 4821",
    "PIN: 90210",
    "postgres://admin:Kx82hsQ@db.internal:5432/app",
    "mongodb+srv://svc:p4ssW0rd9@cluster0.abcde.mongodb.net/test",
    "jdbc:postgresql://db:5432/app?user=app&password=Qw3rty77",
    "Server=tcp:sql1.example.net,1433;Database=crm;User ID=sa;Password=Yh7$kd92;Encrypt=True",
    "redis://:R3disPw@cache:6379/0",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;",
    "https://acct.blob.core.windows.net/c?sv=2020-08-04&sig=Zx8%2BqWnT1k3mUe5rYp7Lq0vBcD2fGhJ4%3D",
    "seed phrase: legal winner thank year wave sausage worth useful legal winner thank yellow",
    'api_key = "d41d8cd98f00b204e9800998ecf8427e"',
    "X-API-Key: 9f8e7d6c5b4a3f2e1d0c",
    "client_secret: kJ8vN2xQ9mZ4pR7t",
    "curl -u bob:Fl0wer$ https://x",
    "The wifi password for the guest network is BlueSky77",
    "WIFI:T:WPA;S:Home;P:fl0wers42;;",
    "TOTP secret: JBSW Y3DP EHPK 3PXP",
    "$2b$12$KIXxq6bq1V3mK9uY8bQeOe1C7cF5wS0d8Wm4eYg0Zy5w1o2p3q4r5",
    "Your verification code is 482913",
    "We changed the root password to Vx-8821-kk yesterday",
    "pw is Blume!88",
    'the admin passphrase was "purple monkeys dance slowly tonight"',
    "ansible_password: V@ult99x",
    "password: hunter2, user: bob",
    "machine api.x.com login bob password qw9zzT",
    "Use Frosty#12 as the password",
    "'PASSWORD': 'pg-Adm1n-2021',",
    '$env:DB_PASSWORD = "Summer#91"',
    "userPassword: e1NTSEF9abc9",
]

HARMLESS = [
    'password = os.environ["DB_PASSWORD"]',
    "password = getpass.getpass()",
    "def login(user: str, password: str) -> bool:",
    "password = None",
    "password: Optional[str] = None",
    'password = "<password>"',
    'api_key = "your-api-key"',
    'api_key = "YOUR_API_KEY"',
    "password=xxxx",
    "password: ****",
    "password: ${PASSWORD}",
    'password: "{{ secret }}"',
    'password = "changeme"',
    "The password must be at least 8 characters",
    "password is required",
    "Password is incorrect.",
    "How do I reset my password?",
    "password=password",
    "conn = connect(user=user, password=args.password)",
    "self.password = password",
    "if password != confirm_password:",
    'return render(request, "password_reset.html")',
    'input("Password: ")',
    '"password": "Enter your password"',
    "the password is stored encrypted",
    "the password is hashed with SHA256",
    "token = get_token(request)",
    "token: CancellationToken",
    "secret = secrets.token_hex(16)",
    'key = "some_dictionary_key_name"',
    "api_key: process.env.OPENAI_API_KEY",
    "postgres://user:password@localhost/db",
    "postgresql://${DB_USER}:${DB_PASS}@host/db",
    "https://example.com:8080/path@x",
    "-----BEGIN RSA PRIVATE KEY-----",
    "Write a function that checks password strength",
    "passwords should be rotated every 90 days",
    "pass: the function",
    "compass: N",
    "I forgot my password, what now?",
    "password policy requires 12 characters",
    "Was ist ein sicheres Passwort?",
    "Le mot de passe est incorrect",
    "La contraseña es obligatoria",
    "my password is wrong",
    "PIN 13 is connected to the LED",
    "git commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "basic understanding of python",
    "bearer token authentication is described in RFC6750",
    "The user must use a bearer <token>",
    "password: SecretStr",
    'type="password" name="password" placeholder="Password"',
    "passwd = field(default=None)",
    "pwd = os.getcwd()",
    "pwd=/home/user/x",
    "--password PASSWORD",
    "password_hash = bcrypt.hash(password)",
    'password="%s"',
    "key: value",
    'token = "abc"',
    "secret_key = config.SECRET_KEY",
    "access_token=access_token,",
    "for token in tokens: print(token)",
    'primary_key=True, key_name = "customer_identifier"',
    'password "break"',
    "the password field and 'username' are",
    '"passwordLabel": "Passwort"',
    "Sender: alerts account / info6.citi.com",
    'ERROR: password authentication failed for user "postgres"',
    "fatal: password_file not found at /etc/x",
    "Generate a random password: use secrets.choice",
]


@pytest.mark.parametrize("text", FOUND)
def test_it_is_found(text: str) -> None:
    assert MATCHER.find(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_it_is_nobodys(text: str) -> None:
    assert [match.pattern for match in MATCHER.find(text)] == []


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "CLOUD_KEY"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ACCESS_TOKEN"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIrYSSNQFaA2", "PRIVATE_KEY"),
        ("the password is hunter2", "PASSWORD"),
        ("amqp://app:Kd82jsQp@mq/prod", "CONNECTION_STRING"),
    ],
)
def test_each_kind_has_its_type(text: str, entity_type: str) -> None:
    assert entity_type in {match.entity_type for match in MATCHER.find(text)}


def test_what_is_found_is_the_secret_and_not_its_name() -> None:
    text = "please use password = 'hunter2' there"
    (match,) = MATCHER.find(text)
    assert text[match.start : match.end] == "hunter2"
