"""A made-up station whose certificate is trusted, and what it signed."""

import pytest
from cap import samples, signature
from cap.samples import Sender
from cap.signature import Certificate


@pytest.fixture(scope="session")
def station() -> Sender:
    return samples.sender()


@pytest.fixture(scope="session")
def trusted(station: Sender) -> list[Certificate]:
    return [signature.load(station.certificate)]
