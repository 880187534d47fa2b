"""How much may be sent, so that nobody's phone is flooded and no account is emptied. Pure."""

from loa.channels.rules.codes import Status

MOST_ACTUAL = 30  # messages an hour to one address, of what is real
MOST_OTHER = 8  # of exercises, tests, trials and requests
USUAL_PER_HOUR = 3000  # messages an hour of one channel, real alerts apart
TRIALS_AN_HOUR = 10


def held(status: str, *, of_address: int, of_channel: int, per_hour: int) -> str:
    """Why this one is not sent, "" if it is: so many went to the address and by the channel in the last hour.

    What is real is never held back for the sake of an account, only for that of a person who got one every two minutes
    for an hour.
    """
    if status == Status.ACTUAL:
        return "limit_person" if of_address >= MOST_ACTUAL else ""
    if of_address >= MOST_OTHER:
        return "limit_person"
    return "limit_channel" if of_channel >= per_hour else ""
