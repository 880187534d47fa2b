"""Identifiers that may be shown, guessed at and typed."""

import secrets
import uuid

# Crockford's alphabet: no I, L, O, U, so that a code read over the telephone is understood.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> uuid.UUID:
    """A random identifier for rows that are named in addresses."""
    return uuid.uuid4()


def code(characters: int) -> str:
    """A random code of 5 bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(characters))
