"""Groups by their names: what settings call a group, and the id by which the helpdesk knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from entitlements.errors import DeliveryError
from integrations.desk.mapping import GROUPS, DeskMapping
from integrations.generic.answers import found_in
from integrations.generic.client import Client
from integrations.generic.description import Description
from integrations.generic.near import hint


class Groups:
    """Where a description says how groups are listed, settings may name them; else a group is what settings say."""

    def __init__(self, client: Client, described: Description, mapping: DeskMapping):
        self._client, self._request, self._mapping = client, described.one("groups"), mapping

    def id_of(self, group: str) -> str:
        """The helpdesk's id of a group that settings name. Raises DeliveryError for one that is not there."""
        if self._request is None or not group:
            return group
        known = self._known()
        found = known.get(group.lower()) or (group if group in known.values() else "")
        if not found:
            raise DeliveryError(f"there is no group {group[:60]!r} in the helpdesk{hint(group.lower(), known)}",
                                kind="setting")
        return found

    def by_id(self) -> Mapping[str, str]:
        """How settings name their groups, by id."""
        if self._request is None:
            return {}
        known = self._known()
        return {known[name.lower()]: name for _, name in self.named() if name.lower() in known}

    def named(self) -> Iterator[tuple[str, str]]:
        """Every group that settings name, each with the setting."""
        for stage, setting in GROUPS.items():
            yield from ((setting, value) for value in sorted(self._mapping.groups[stage].values()))

    def _known(self) -> Mapping[str, str]:
        """Ids by name in lower case."""
        return self._client.sign_in.recall("groups", self._ask)

    def _ask(self) -> Mapping[str, str]:
        request = self._request
        assert request is not None, "asked only where there is one"
        found = {}
        for each in self._client.each(request, {}):
            name, number = found_in(request.label, each), found_in(request.id, each)
            if isinstance(name, str) and isinstance(number, str | int):
                found[name.strip().lower()] = str(number)
        return found
