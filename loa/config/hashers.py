"""How the demonstration keeps its passwords."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Sample(PBKDF2PasswordHasher):
    """A cheap hash: these passwords are printed on the page that shows the accounts, or are random and long.

    The dear one of real use would cost the first start of the demonstration three seconds. `loa up` never uses this
    one, and refuses data that ever held samples.
    """

    iterations = 20_000
