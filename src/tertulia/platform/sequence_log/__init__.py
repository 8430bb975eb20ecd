"""The live log of one stream: numbered entries in Valkey, one writer at a time, any number of followers.

Valkey is never the only copy: the writer keeps what it has said and puts a lost log back under the same numbers. Who
may write is decided by an epoch that its owner keeps in a database; a newer one wins. What the entries say is the
caller's.
"""

from tertulia.platform.sequence_log.keys import Entry
from tertulia.platform.sequence_log.reader import LogReader
from tertulia.platform.sequence_log.writer import Fenced, LogWriter

__all__ = ["Entry", "Fenced", "LogReader", "LogWriter"]
