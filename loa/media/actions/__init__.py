"""Writes of sounds. Every one checks the door and the rules, does one thing and is recorded."""

from loa.media.actions.blocks import choose_block, choose_call, close_template, mark_block, save_template
from loa.media.actions.building import build, build_frame, make_link, make_station_call
from loa.media.actions.compacting import compact
from loa.media.actions.editing import adds, base_of, edit, repair
from loa.media.actions.hearing import note_heard
from loa.media.actions.lexicon import drop_word, put_word
from loa.media.actions.making import ingest
from loa.media.actions.national import lay_out_blocks
from loa.media.actions.prompts import close_prompt, record_piece, recorded_in, save_prompt, splice
from loa.media.actions.receiving import cancel, receive_upload
from loa.media.actions.rows import INGEST_TASK
from loa.media.actions.speaking import speak, synthesise
from loa.media.actions.tidying import tidy
from loa.media.blocks.shelf import speech_of

__all__ = [
    "INGEST_TASK", "adds", "base_of", "build", "build_frame", "cancel", "choose_block", "choose_call", "close_prompt",
    "close_template", "compact", "drop_word", "edit", "ingest", "lay_out_blocks", "make_link", "make_station_call",
    "mark_block", "note_heard", "put_word", "receive_upload", "record_piece", "recorded_in", "repair", "save_prompt",
    "save_template", "speak", "speech_of", "splice", "synthesise", "tidy",
]  # fmt: skip
