"""Decisions about alerts: pure, the time is an argument, each refusal has a code."""
