"""Generates the text that the starter models are trained and tested on."""
