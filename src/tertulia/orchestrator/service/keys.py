"""Each workspace's key, unwrapped and kept for a while in this process."""

from collections import OrderedDict
from uuid import UUID

from tertulia.orchestrator.repository.keys import WorkspaceKeys, Wrapped
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import DataKey, MasterKeys

_MOST_KEPT = 1000


class Keys:
    def __init__(self, database: Database, master: MasterKeys) -> None:
        self._database = database
        self._master = master
        self._kept: OrderedDict[UUID, DataKey] = OrderedDict()

    async def of(self, workspace_id: UUID) -> DataKey:
        """The workspace's key, made when it has none. Raises: Unavailable; SealBroken."""
        if (kept := self.kept(workspace_id)) is not None:
            return kept
        async with self._database.write(tenant(workspace_id)) as session:
            wrapped = await self._find_or_make(WorkspaceKeys(session, workspace_id), workspace_id)
        key = self._master.unwrap(wrapped.master_key_id, wrapped.wrapped, str(workspace_id))
        self._kept[workspace_id] = key
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return key

    def kept(self, workspace_id: UUID) -> DataKey | None:
        """The key, where this process has used it lately."""
        kept = self._kept.get(workspace_id)
        if kept is not None:
            self._kept.move_to_end(workspace_id)
        return kept

    def forget(self, workspace_id: UUID) -> None:
        self._kept.pop(workspace_id, None)

    async def _find_or_make(self, keys: WorkspaceKeys, workspace_id: UUID) -> Wrapped:
        found = await keys.find()
        if found is None:
            new = Wrapped(*self._master.new_key(str(workspace_id)))
            found = new if await keys.add(new) else await keys.find()
        elif found.master_key_id != self._master.current:
            found = Wrapped(*self._master.rewrap(found.master_key_id, found.wrapped, str(workspace_id)))
            await keys.rewrap(found)
        if found is None:
            raise RuntimeError("a key that was there is gone within one transaction")
        return found
