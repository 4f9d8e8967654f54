"""Passwords: hashed with Argon2id, compared without telling whether the name or the password was wrong."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200
EASY_TO_READ = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 5

_hasher = PasswordHasher()
# Of a password that nobody knows. Made anew, it would cost each process and each command a fifth of a second.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$lG1luCgQPrKDGb0OWdXAEQ$VOlL28sbqKZ8D8n8WWf6mtLqdLeFdaKvFBgC92TMVtM"


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password is the one that was hashed. Without a hash it takes as long, and is False."""
    try:
        return _hasher.verify(stored or _NOBODYS, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """True when the hash was made with weaker parameters than today's, and should be made anew."""
    return _hasher.check_needs_rehash(stored)


def generate_password() -> str:
    """A password of 20 letters and digits, nearly 100 bits, that can be read aloud: no two of them look alike."""
    groups = ("".join(secrets.choice(EASY_TO_READ) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)
