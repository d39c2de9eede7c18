"""The JSON addresses below /stake: what pages do, for programs."""
