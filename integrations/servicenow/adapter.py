"""ServiceNow is described rather than programmed: its Table API is the same for every table, and no two instances are
alike, so that each can lay what is different there over what is usual."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from integrations.desk.mapping import USUAL_SETTINGS
from integrations.generic import Generic
from integrations.generic.description import Description
from integrations.generic.document import merged, read_description

HERE = Path(__file__).parent
INCIDENT, CASE = "incident", "sn_customerservice_case"
TABLE = Setting("table", "the table of the tickets", INCIDENT, choices=(INCIDENT, CASE))
OVER = Setting("description", "what is different in this instance, laid over the usual description: "
                              "`--set description=@FILE`")


class ServiceNow(Generic):
    """One instance of ServiceNow. Raises ConfigError for settings that cannot work."""

    about = Kind(
        "servicenow", "ServiceNow", address="the address of the instance, such as https://acme.service-now.com",
        token="USER:PASSWORD of Deskgate's account", secret="what the script sends as a bearer token",
        settings=(TABLE, OVER, *USUAL_SETTINGS), aliases=("service_now", "snow"))

    def describe(self, config: ConnectionConfig) -> Description:
        table = config.settings.get(TABLE.name, "").strip() or INCIDENT
        if table not in TABLE.choices:
            raise ConfigError(f"table must be {' or '.join(TABLE.choices)}, not {table[:40]!r}", field=TABLE.name)
        return read_description(text_for(table, config.settings.get(OVER.name, "")))


@lru_cache(maxsize=64)
def text_for(table: str, over: str) -> str:
    """The description of a table in an instance, in which some of it is different. Raises ConfigError."""
    text = (HERE / "incident.toml").read_text(encoding="utf-8")
    if table == CASE:
        text = merged(_renamed(text), (HERE / "case.toml").read_text(encoding="utf-8"))
    return merged(text, over) if over.strip() else text


def _renamed(text: str) -> str:
    """The same calls for cases: another table, whose who-asks is called contact, and its company account."""
    return (text.replace("table/incident", f"table/{CASE}").replace("nameINtask,incident", f"nameINtask,{CASE}")
            .replace('GlideRecord("incident")', f'GlideRecord("{CASE}")').replace("caller_id.", "contact.")
            .replace('"caller_id": ', '"contact": ').replace('"close_code": ', '"resolution_code": ')
            .replace(' "hold_reason": "{setting.hold_reason}",', "").replace("company,contact", "account,contact")
            .replace("task.company", "task.account").replace("task.caller_id)", "task.contact)")
            .replace('"6": true, "7": true, "8": true', '"3": true, "6": true, "7": true')
            .replace("table Incident", "table Case").replace("Tables, Incident", "Tables, Case"))
