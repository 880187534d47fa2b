"""The numbers of the protocol: its version, and how large and how long-lived a message may be."""

PROTOCOL_VERSION = 1
SPOKEN_VERSIONS = (1,)  # the platform speaks N and N-1; there is no version 0

MAX_MESSAGE_BYTES = 262_144
MAX_PLAN_BYTES = 262_144
MAX_PLAN_BYTES_ONE_CLUSTER = 65_536
MAX_PLAN_AIRINGS = 2_000
MAX_EVENT_LIFE_MS = 24 * 3_600_000
MAX_HOLD_MS = 24 * 3_600_000
MAX_LOGIN_TOKEN_MS = 5 * 60_000

PRIORITIES = ("normal", "priority")  # "emergency" exists only in messages of the `alert` role
