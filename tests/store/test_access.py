"""Who may come in, for how long, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from entitlements.errors import ConfigError, Conflict, NotFound
from entitlements.store import access, passwords
from entitlements.store.customers import add_customer
from entitlements.store.database import db, transaction
from entitlements.store.passwords import generate_password
from entitlements.store.tables import ApiToken, AuditEntry, Session, SubmitLink, User
from tests.builders import utc

pytestmark = pytest.mark.usefixtures("database")
NOW = utc("2026-03-09 09:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def admin() -> User:
    with transaction():
        return access.add_user("admin", "admin", "a long enough password")[0]


class TestUsers:
    def test_a_generated_password_works_and_is_marked_as_temporary(self) -> None:
        with transaction():
            user, password = access.add_user("First Desk", "agent")
        assert user.temporary
        assert password not in user.password_hash
        assert access.check_password("first desk", password) is user

    def test_only_the_right_password_of_a_user_who_is_not_disabled_opens(self, admin: User) -> None:
        assert access.check_password("admin", "a long enough password") is admin
        assert access.check_password("admin", "a wrong enough password") is None
        assert access.check_password("nobody", "a long enough password") is None
        with transaction():
            admin.disabled = True
        assert access.check_password("admin", "a long enough password") is None

    def test_a_chosen_password_is_no_longer_temporary(self) -> None:
        with transaction():
            user, _ = access.add_user("first", "agent")
            access.set_password(user, "my very own words")
        assert not user.temporary
        assert access.check_password("first", "my very own words") is user

    def test_passwords_are_hashed_with_argon2id_and_salted(self) -> None:
        with transaction():
            one, _ = access.add_user("one", "agent", "the same password")
            two, _ = access.add_user("two", "agent", "the same password")
        assert one.password_hash.startswith("$argon2id$")
        assert one.password_hash != two.password_hash

    @pytest.mark.parametrize(("name", "role", "password", "field"), [
        ("", "admin", None, "name"), ("x" * 121, "admin", None, "name"), ("a\nb", "admin", None, "name"),
        ("a", "king", None, "role"), ("a", "agent", "short", "password"), ("a", "agent", "x" * 201, "password")])
    def test_a_wrong_user_is_refused_with_the_field_named(
            self, name: str, role: str, password: str | None, field: str) -> None:
        with pytest.raises(ConfigError) as refused:
            access.add_user(name, role, password)
        assert refused.value.field == field

    def test_a_name_is_taken_whatever_its_case(self, admin: User) -> None:
        with pytest.raises(Conflict, match="already"):
            access.add_user(admin.name.upper(), "agent")

    def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(self) -> None:
        """What a guess is compared with when there is no such user is hashed just as today's passwords are."""
        assert not passwords.is_outdated(passwords._NOBODYS)

    def test_generated_passwords_differ_and_can_be_read_aloud(self) -> None:
        made = {generate_password() for _ in range(50)}
        assert len(made) == 50
        assert all(len(each) == 23 and not set(each) & set("0O1lI") for each in made)


class TestSessions:
    def test_a_session_is_found_by_its_token_until_it_ends(self, admin: User) -> None:
        with transaction():
            token = access.start_session(admin, NOW, "Firefox on Linux")
        session = access.find_session(token, NOW + HOUR)
        assert session is not None
        assert (session.user, session.device) == (admin, "Firefox on Linux")
        assert access.find_session(token, NOW + access.AGENT_SESSION_LASTS) is None
        assert access.find_session("made up", NOW) is None

    def test_the_token_itself_is_not_stored(self, admin: User) -> None:
        with transaction():
            token = access.start_session(admin, NOW)
        assert token not in str(db.session.execute(select(Session.__table__)).all())

    def test_a_revoked_session_ends_at_once_and_the_others_stay(self, admin: User) -> None:
        with transaction():
            first, second = access.start_session(admin, NOW), access.start_session(admin, NOW)
            access.revoke_session(access.find_session(first, NOW).id, NOW)
        assert access.find_session(first, NOW) is None
        assert access.find_session(second, NOW) is not None
        with pytest.raises(NotFound):
            access.revoke_session(10_000, NOW)

    def test_all_sessions_of_a_user_end_but_the_one_at_hand(self, admin: User) -> None:
        with transaction():
            tokens = [access.start_session(admin, NOW) for _ in range(3)]
            kept = access.find_session(tokens[0], NOW).id
            assert access.revoke_sessions_of(admin, NOW, but=kept) == 2
        db.session.expire_all()
        assert [access.find_session(token, NOW) is not None for token in tokens] == [True, False, False]

    def test_disabling_a_user_ends_what_is_open(self, admin: User) -> None:
        with transaction():
            token = access.start_session(admin, NOW)
            admin.disabled = True
        assert access.find_session(token, NOW) is None

    def test_a_visit_is_marked_once_a_minute(self, admin: User) -> None:
        with transaction():
            session = access.find_session(access.start_session(admin, NOW), NOW)
            assert not access.is_worth_touching(session, NOW + timedelta(seconds=59))
            assert access.is_worth_touching(session, NOW + timedelta(seconds=60))
            access.touch_session(session, NOW + HOUR)
        assert [each.seen_at for each in access.running_sessions(NOW + HOUR)] == [NOW + HOUR]


class TestLinks:
    def test_a_link_becomes_a_session_once(self) -> None:
        with transaction():
            customer = add_customer("Acme")
            link = access.add_link(customer.id, "IT@acme.example", NOW)
        with transaction():
            token = access.use_link(link, NOW + HOUR, "a phone")
        session = access.find_session(token, NOW + HOUR)
        assert (session.customer.name, session.contact, session.user) == ("Acme", "it@acme.example", None)
        with transaction():
            assert access.use_link(link, NOW + HOUR) is None

    def test_a_link_is_good_for_a_day_only_and_is_not_stored(self) -> None:
        with transaction():
            link = access.add_link(add_customer("Acme").id, "it@acme.example", NOW)
            assert access.use_link(link, NOW + timedelta(hours=24)) is None
            assert access.use_link("made up", NOW) is None
        assert link not in str(db.session.execute(select(SubmitLink.__table__)).all())

    def test_the_sessions_of_a_contact_can_be_ended(self) -> None:
        with transaction():
            customer = add_customer("Acme")
            token = access.start_customer_session(customer.id, "it@acme.example", NOW)
            assert access.shut_out_contact("IT@acme.example", NOW) == 1
            assert access.shut_out_contact("", NOW) == 0
        db.session.expire_all()
        assert access.find_session(token, NOW) is None


class TestTokens:
    def test_a_token_is_shown_once_and_found_by_its_text(self) -> None:
        with transaction():
            text = access.add_token("ci", ["tickets:write", " tickets:read", "tickets:read"], NOW)
        assert text.startswith("dg_")
        assert access.find_token(text, NOW).scopes == ["tickets:write", "tickets:read"]
        assert text not in str(db.session.execute(select(ApiToken.__table__)).all())

    def test_revoked_and_expired_tokens_open_nothing(self) -> None:
        with transaction():
            revoked = access.add_token("revoked", ["tickets:read"], NOW)
            expiring = access.add_token("expiring", ["tickets:read"], NOW, NOW + HOUR)
            access.revoke_token("revoked", NOW)
        assert access.find_token(revoked, NOW) is None
        assert access.find_token(expiring, NOW) is not None
        assert access.find_token(expiring, NOW + HOUR) is None
        assert access.find_token("made up", NOW) is None
        with pytest.raises(NotFound):
            access.revoke_token("unheard of", NOW)

    @pytest.mark.parametrize(("name", "scopes", "field"), [
        ("ci", ["tickets:reed"], "scopes"), ("ci", [], "scopes"), ("", ["tickets:read"], "name")])
    def test_a_wrong_token_is_refused_with_the_field_named(self, name: str, scopes: list[str], field: str) -> None:
        with pytest.raises(ConfigError) as refused:
            access.add_token(name, scopes, NOW)
        assert refused.value.field == field

    def test_a_tokens_name_is_taken_once(self) -> None:
        with transaction():
            access.add_token("ci", ["tickets:read"], NOW)
            with pytest.raises(Conflict):
                access.add_token("ci", ["tickets:read"], NOW)


def test_an_audit_entry_says_who_did_what_when_and_why() -> None:
    with transaction():
        access.audit(actor="admin", action="connection.pause", subject="desk", at=NOW, reason="too many",
                     values={"queued": 7})
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject, entry.reason, entry.values, entry.at) == (
        "admin", "connection.pause", "desk", "too many", {"queued": 7}, NOW)
