"""The numbers of the protocol: its version, and how large and how long-lived a message may be."""

PROTOCOL_VERSION = 1
SPOKEN_VERSIONS = (1,)  # the platform speaks N and N-1; there is no version 0

MAX_MESSAGE_BYTES = 262_144
MAX_PLAN_BYTES = 262_144
MAX_PLAN_BYTES_ONE_CLUSTER = 65_536
MAX_PLAN_AIRINGS = 2_000
MAX_EVENT_LIFE_MS = 24 * 3_600_000
MAX_HOLD_MS = 24 * 3_600_000
MAX_PLAN_MS = 31 * 24 * 3_600_000
MAX_INSTANT_MS = 4_102_444_800_000  # 2100-01-01: what is later is a mistake, and no calendar has to cope with it
MAX_INTEGER = 2**53 - 1  # the largest integer that every JSON reader keeps exact
MAX_WHEELS = 64
MAX_RELEASE_BYTES = 300_000_000
MAX_RELEASE_LIFE_MS = 90 * 24 * 3_600_000
MAX_LOG_LINES = 2_000
MAX_LOG_BYTES = 131_072  # of a log as it is sent, compressed
MAX_VOICE_BYTES = 61_440  # 30 s at 16 kbit/s
MAX_VOICE_MS = 30_000
MAX_ALERT_BYTES = 65_536
MAX_TARGETS = 64
MAX_SOUNDS = 16  # prompts, and voices, of one target
MAX_HEADLINE = 300  # characters
MAX_PLACES = 256  # areas, groups, devices, circles or polygons of one `where`
MAX_RING = 500  # points of one polygon
MAX_RADIUS_M = 500_000
MAX_KEEP_MS = 60_000
MIN_REPEAT_MS = 60_000
MAX_SESSION_MS = 4 * 3_600_000
MIN_BUFFER_MS, MAX_BUFFER_MS = 200, 5_000
BATCH_MS, PACKET_MS = 200, 20  # live sound: one signed batch, one packet of Opus
MAX_LOGIN_TOKEN_MS = 5 * 60_000

PRIORITIES = ("normal", "priority")  # "emergency" exists only in messages of the `alert` role
