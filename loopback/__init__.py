"""An HTTP server on this machine alone, for simulators of other people's services.

It holds connections and nothing that is said on them: who derives from `LoopbackServer` says what is answered and how a
refusal looks. Pure Python, and no import of ours, so that a simulator shares no code with the client that it tests.

`replies` (what is asked and answered, and how an answer goes wrong on its way), `server` (connections, from the first
byte to hanging up), `faults` (a script of what goes wrong), `until` (when a simulator's process ends).
"""

from loopback.replies import DROPPED, JSON, Asked, Reply
from loopback.server import LoopbackServer

__all__ = ["DROPPED", "JSON", "Asked", "LoopbackServer", "Reply"]
