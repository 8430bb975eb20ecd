"""The live log of one stream: numbered entries in Valkey, one writer at a time, any number of followers.

Valkey is never the only copy: the writer keeps what it has said and puts a lost log back under the same numbers. When
log and writer are lost together, the next writer begins at other numbers, so that nobody takes the rest of one telling
for the rest of another. Who may write is decided by an epoch that its owner keeps in a database; a newer one wins. What
the entries say is the caller's.
"""

from tertulia.platform.sequence_log.keys import NUMBERS_AN_EPOCH, Entry
from tertulia.platform.sequence_log.reader import LogReader
from tertulia.platform.sequence_log.writer import Fenced, LogWriter

__all__ = ["NUMBERS_AN_EPOCH", "Entry", "Fenced", "LogReader", "LogWriter"]
