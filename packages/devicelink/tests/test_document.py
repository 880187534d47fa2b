"""Schemas and the protocol page say what the code does."""

import json

import jsonschema_rs
import msgspec
import pytest
from devicelink import document, schema
from devicelink.golden import files
from devicelink.golden.case import MessageCase
from devicelink.golden.messages import FILES
from devicelink.jws import decode64
from devicelink.messages import DOWNWARD, UPWARD, Beat
from devicelink.refusals import MEANING, Reason
from devicelink.relayed import TROUBLES

ACCEPTED = [case for name in FILES for case in files.load(name, MessageCase) if case.verdict in ("ok", "repeat")]


def test_the_page_is_current() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), "run: python -m devicelink.document"


def test_the_schemas_are_current() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in schema.FOLDER.glob("*.json")}
    assert on_disk == schema.contents(), "run: python -m devicelink.schema"


def test_the_page_names_every_type_field_and_reason() -> None:
    page = document.page()
    for kind in (*DOWNWARD.values(), *UPWARD.values()):
        assert f"`{kind.typ}` ({kind.__name__})" in page
        assert all(f"| `{field}` |" in page for field in kind.__struct_fields__)
    assert all(f"| `{reason}` |" in page for reason in Reason)
    assert all(f"| `{code}` |" in page for code in TROUBLES)
    assert MEANING.keys() == set(Reason)


@pytest.mark.parametrize("typ", sorted(DOWNWARD))
def test_accepted_messages_fit_their_schema(typ: str) -> None:
    validator = jsonschema_rs.validator_for(schema.schema_of(DOWNWARD[typ]))
    payloads = [json.loads(decode64(case.message.split(".")[1])) for case in ACCEPTED if case.expected == (typ,)]
    assert payloads
    for payload in payloads:
        validator.validate(payload)
        payload.popitem()
        payload.pop("audience", None)
        payload.pop("keys", None)
        assert not validator.is_valid(payload)


def test_upward_messages_fit_their_schema() -> None:
    beat = Beat(device="spk-1", at=1, boot="b", uptime=1, agent="a", volume=50)
    jsonschema_rs.validator_for(schema.schema_of(Beat)).validate(json.loads(msgspec.json.encode(beat)))
