"""Stories of coming in, going out, and keeping others from it."""

from __future__ import annotations

from entitlements.store.access import add_user
from entitlements.store.database import transaction
from tests.web.pages.visitor import PASSWORD, Pages, words_of


def test_a_stranger_signs_in_and_comes_to_the_page_that_was_wanted(pages: Pages) -> None:
    stranger = pages.visitor()
    asked = stranger.get("/tickets?state=queued")
    assert asked.status_code == 302
    assert stranger.sign_in("Desk-2", path=asked.location).location == "/tickets?state=queued"
    assert "desk-2" in stranger.html("/tickets")


def test_every_page_of_agents_is_closed_to_strangers_and_to_customers(pages: Pages) -> None:
    pages.created()
    guest = pages.guest()
    for path in ("/", "/now/board", "/tickets", "/tickets/1", "/tickets/1/live", "/tickets/1/take", "/customers",
                 "/customers/Acme", "/attention", "/connections", "/sandbox/desk", "/account"):
        for visitor in (pages.visitor(), guest):
            answer = visitor.get(path)
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/signin"), path


def test_a_wrong_name_and_a_wrong_password_look_the_same(pages: Pages) -> None:
    visitor = pages.visitor()
    told = [visitor.sign_in(name, password) for name, password in (("desk-1", "something else"), ("Eve", PASSWORD))]
    assert [answer.status_code for answer in told] == [401, 401]
    first, second = (words_of(answer.get_data(as_text=True)) for answer in told)
    assert first == second
    assert "do not go together" in first


def test_signing_in_never_leads_out_of_the_house(pages: Pages) -> None:
    for trap in ("https://evil.example/", "//evil.example/", "/\\evil.example", "/%0d%0aevil"):
        assert pages.visitor().sign_in("desk-1", path=f"/signin?next={trap}").location == "/", trap


def test_trying_to_sign_in_is_limited(sqlite_url: str) -> None:
    pages = Pages(sqlite_url, LOGIN_LIMIT="3 per minute")
    with pages.app.app_context():
        pages.furnish()
        visitor = pages.visitor()
        codes = [visitor.sign_in("desk-1", "wrong password").status_code for _ in range(4)]
        refused = visitor.sign_in("desk-1")
    pages.close()
    assert codes == [401, 401, 401, 429]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Wait a minute" in refused.get_data(as_text=True)


def test_the_session_is_kept_on_the_server_and_out_of_reach_of_scripts(pages: Pages) -> None:
    cookie = next(value for value in pages.visitor().sign_in("desk-1").headers.getlist("Set-Cookie")
                  if value.startswith("deskgate_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "desk-1" not in cookie


def test_after_signing_out_the_old_cookie_opens_nothing(pages: Pages) -> None:
    staff = pages.visitor("desk-1")
    kept = staff.client.get_cookie("deskgate_session").value
    assert staff.send("/signout", seen_on="/account").location == "/signin"
    thief = pages.visitor()
    thief.client.set_cookie("deskgate_session", kept)
    assert thief.get("/").status_code == 302


def test_a_session_elsewhere_is_seen_and_ended(pages: Pages) -> None:
    at_home, at_work = pages.visitor("desk-1"), pages.visitor("desk-1")
    assert at_work.page("/account").count("Signed in Mon 9 Mar") == 2
    assert "That session is signed out" in at_work.after("/account/sessions/1/end", seen_on="/account")
    assert at_home.get("/").status_code == 302
    assert at_work.get("/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(pages: Pages) -> None:
    owner, other = pages.visitor("desk-1"), pages.visitor("desk-2")
    assert other.send("/account/sessions/1/end", seen_on="/account").status_code == 404
    assert owner.get("/").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(pages: Pages) -> None:
    elsewhere, staff = pages.visitor("desk-1"), pages.visitor("desk-1")
    new = {"new": "another long password", "again": "another long password"}
    refused = staff.send("/account/password", {"old": "a wrong password", **new}, seen_on="/account")
    assert refused.status_code == 422
    assert "not your present password" in refused.get_data(as_text=True)
    changed = staff.after("/account/password", {"old": PASSWORD, **new}, seen_on="/account")
    assert "Other sessions signed out: 1" in changed
    assert elsewhere.get("/").status_code == 302
    assert pages.visitor().sign_in("desk-1", "another long password").status_code == 303
    assert "desk-1: user.password user:desk-1" in pages.audited()


def test_a_generated_password_is_remarked_upon_until_it_is_replaced(pages: Pages) -> None:
    with transaction():
        _, generated = add_user("newcomer", "agent")
    kim = pages.visitor()
    kim.sign_in("newcomer", generated)
    assert "password that was generated for you" in kim.page("/")
    kim.after("/account/password", {"old": generated, "new": PASSWORD, "again": PASSWORD}, seen_on="/account")
    assert "generated" not in kim.page("/")


def test_a_form_without_the_token_of_our_page_is_refused(pages: Pages) -> None:
    pages.created()
    staff = pages.visitor("desk-1")
    answer = staff.send("/tickets/1/override", {"outcome": "reject", "reason": "x"}, token="forged")
    assert answer.status_code == 400
    assert "form had expired" in answer.get_data(as_text=True)
    assert len(pages.ticket().decisions) == 1


def test_forms_work_over_https_where_the_referrer_is_looked_at(pages: Pages) -> None:
    visitor = pages.visitor()
    secure = {"base_url": "https://deskgate.example"}
    shown = visitor.open("GET", "/signin", **secure)
    assert shown.headers["Referrer-Policy"] == "same-origin"
    token = shown.get_data(as_text=True).partition('value="')[2].partition('"')[0]
    form = {"csrf_token": token, "name": "desk-1", "password": PASSWORD}
    sent = visitor.open("POST", "/signin", data=form, headers={"Referer": "https://deskgate.example/signin"}, **secure)
    assert sent.status_code == 303


def test_a_session_ends_by_itself(pages: Pages) -> None:
    staff = pages.visitor("desk-1")
    pages.clock.go_on(hours=12)
    assert staff.get("/").status_code == 302
    watching = staff.get("/now/board", HX_Request="true")
    assert (watching.status_code, watching.headers["HX-Redirect"]) == (401, "/signin")
