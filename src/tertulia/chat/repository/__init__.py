"""chat's queries. Each class is built with a session and, where it serves a person, the owner of the rows."""

from tertulia.chat.repository.conversations import Conversations, Position
from tertulia.chat.repository.everyone import Answers, Upkeep
from tertulia.chat.repository.messages import MessageIdTaken, Messages
from tertulia.chat.repository.search import Found, Search

__all__ = ["Answers", "Conversations", "Found", "MessageIdTaken", "Messages", "Position", "Search", "Upkeep"]
