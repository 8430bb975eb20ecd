"""chat's queries. Each class is built with a session and, where it serves a person, the owner of the rows."""

from tertulia.chat.repository.conversations import Conversations, Position, Touched, touching
from tertulia.chat.repository.endings import AlreadyStored, Ending, store_all
from tertulia.chat.repository.erasure import erase_workspace
from tertulia.chat.repository.everyone import Answers, Branch, Upkeep, branch_before, leading_to
from tertulia.chat.repository.messages import Before, MessageIdTaken, Messages, Place, add_messages, placing
from tertulia.chat.repository.search import Found, Search

__all__ = [
    "AlreadyStored",
    "Answers",
    "Before",
    "Branch",
    "Conversations",
    "Ending",
    "Found",
    "MessageIdTaken",
    "Messages",
    "Place",
    "Position",
    "Search",
    "Touched",
    "Upkeep",
    "add_messages",
    "branch_before",
    "erase_workspace",
    "leading_to",
    "placing",
    "store_all",
    "touching",
]
