"""Mail addresses and mail domains: which are well formed, and which belong to everybody.

A customer may be recognized by its mail domain, so a domain under which anybody can have an address must never be one.
"""

from __future__ import annotations

import re

PUBLIC_DOMAINS = frozenset("""
    gmail.com googlemail.com google.com
    outlook.com outlook.fr outlook.de outlook.es outlook.it outlook.jp outlook.com.br outlook.in outlook.co.uk
    hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.es hotmail.it hotmail.nl hotmail.be hotmail.com.br
    live.com live.co.uk live.fr live.de live.nl live.be live.it live.com.mx live.ca live.se live.dk msn.com passport.com
    yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.ca yahoo.in yahoo.co.in yahoo.co.jp yahoo.com.br
    yahoo.com.au yahoo.com.ar yahoo.com.mx yahoo.com.ph yahoo.com.sg ymail.com rocketmail.com myyahoo.com
    icloud.com me.com mac.com aol.com aol.co.uk aol.fr aol.de aim.com verizon.net
    gmx.com gmx.de gmx.net gmx.at gmx.ch gmx.fr gmx.us gmx.co.uk web.de freenet.de t-online.de arcor.de mail.de
    posteo.de posteo.net mailbox.org email.de 1und1.de online.de
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
    fastmail.com fastmail.fm hey.com hushmail.com zohomail.com zoho.com mail.com email.com usa.com inbox.com duck.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr aliceadsl.fr club-internet.fr
    libero.it virgilio.it tiscali.it alice.it tin.it email.it fastwebnet.it
    telefonica.net terra.es sapo.pt
    ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl hetnet.nl telenet.be skynet.be proximus.be
    bluewin.ch sunrise.ch hispeed.ch aon.at chello.at
    btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com blueyonder.co.uk tiscali.co.uk
    comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net
    rogers.com shaw.ca sympatico.ca bell.net videotron.ca telus.net
    bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
    mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua
    wp.pl o2.pl onet.pl onet.eu interia.pl gazeta.pl op.pl seznam.cz email.cz centrum.cz centrum.sk azet.sk
    freemail.hu citromail.hu abv.bg mail.bg inbox.lv
    telia.com spray.se online.no jubii.dk suomi24.fi kolumbus.fi
    qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com
    naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com
    rediffmail.com sify.com
    uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com prodigy.net.mx
    walla.com walla.co.il mynet.com webmail.co.za mweb.co.za
    mailinator.com guerrillamail.com yopmail.com 10minutemail.com trashmail.com temp-mail.org
""".split())

# Second-level domains under which countries let anybody register: as much a public suffix as `com` is.
SUFFIXES = frozenset(f"{label}.{country}" for country, labels in {
    "uk": "ac co gov ltd me net nhs org plc police sch", "au": "asn com edu gov id net org",
    "nz": "ac co geek gen govt kiwi maori net org school", "za": "ac co edu gov law net nom org school web",
    "jp": "ac ad co ed go gr lg ne or", "kr": "ac co go ne or pe re", "cn": "ac com edu gov net org",
    "tw": "club com ebiz edu game gov idv net org", "hk": "com edu gov idv net org", "sg": "com edu gov net org per",
    "my": "com edu gov name net org", "th": "ac co go in mi net or", "id": "ac biz co desa go mil my net or sch web",
    "ph": "com edu gov net ngo org", "vn": "ac biz com edu gov info name net org pro",
    "in": "ac co edu firm gen gov ind net nic org res", "pk": "biz com edu fam gov net org web",
    "bd": "ac com edu gov net org", "lk": "ac com edu gov net org", "np": "com edu gov net org",
    "br": "art blog com dev eco edu emp eng gov ind jus leg med net org tv", "ar": "com edu gob gov int net org tur",
    "mx": "com edu gob net org", "co": "com edu gov net nom org", "pe": "com edu gob net nom org",
    "ve": "co com edu gob info net org web", "ec": "com edu fin gob info med net org pro", "uy": "com edu gub net org",
    "py": "com coop edu gov net org", "bo": "com edu gob net org", "cr": "ac co ed fi go or sa",
    "gt": "com edu gob ind net org", "do": "com edu gob net org web", "pa": "com edu gob net org",
    "tr": "av bel bbs biz com dr edu gen gov info k12 name net org pol tel tv web", "il": "ac co gov k12 muni net org",
    "sa": "com edu gov med net org pub sch", "ae": "ac co gov net org sch", "qa": "com edu gov net org sch",
    "kw": "com edu gov net org", "eg": "com edu eng gov name net org sci", "ma": "ac co gov net org press",
    "ng": "com edu gov mobi name net org sch", "gh": "com edu gov org", "ke": "ac co go info me mobi ne or sc",
    "tz": "ac co go me mobi ne or sc", "ug": "ac co com go ne or org sc", "zw": "ac co gov org",
    "at": "ac co gv or", "pl": "biz com edu gov info net org", "hu": "co info org", "ro": "com info org",
    "pt": "com edu gov org", "es": "com edu gob nom org", "gr": "com edu gov net org", "cy": "ac com gov ltd net org",
    "ua": "biz co com edu gov in kiev kyiv lviv net od org", "rs": "ac co edu gov in org", "fr": "asso com gouv nom tm",
    "it": "edu gov", "ru": "ac com edu gov int msk net org pp spb", "by": "com gov", "kz": "com edu gov net org",
    "ge": "com edu gov net org", "az": "biz com edu gov info net org", "mt": "com edu net org", "im": "ac co com net",
    "je": "co net org", "gg": "co net org", "de": "com", "se": "com", "com": "br cn co de eu gr jpn mex ru sa uk us za",
    "net": "gb hu jp se uk", "org": "ae eu us",
}.items() for label in labels.split())

LONGEST_DOMAIN = 253
LONGEST_ADDRESS = 254

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LOCAL_PART = re.compile(r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f]{1,64}")


def is_public(domain: str) -> bool:
    """True when the domain, or one it lies under, is a public mail provider's. Case is ignored."""
    return any(each in PUBLIC_DOMAINS for each in widening(normal_domain(domain)))


def is_suffix(domain: str) -> bool:
    """True for a domain under which anybody can register one, as under `co.uk`: nobody's own. Case is ignored."""
    return normal_domain(domain) in SUFFIXES


def normal_domain(domain: str) -> str:
    """The domain in lower case, without a dot at its end, and in its ASCII form where it has other letters."""
    plain = domain.strip().rstrip(".").lower()
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def normal_address(address: str) -> str:
    """The address in lower case, with its domain in normal form; text that is no address is only put in lower case."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local}{at}{normal_domain(domain)}"


def is_domain(domain: str) -> bool:
    """True for a well-formed mail domain of at least two labels, in normal form."""
    labels = domain.split(".")
    return len(labels) > 1 and len(domain) <= LONGEST_DOMAIN and all(_LABEL.fullmatch(each) for each in labels)


def is_address(address: str) -> bool:
    """True for a plain, well-formed mail address in normal form: no display name, no quotes, no comments."""
    local, _, domain = address.rpartition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    return len(address) <= LONGEST_ADDRESS and not dots and bool(_LOCAL_PART.fullmatch(local)) and is_domain(domain)


def domain_of(address: str) -> str:
    """The part of an address after the `@`; empty when there is none."""
    return address.rpartition("@")[2] if "@" in address else ""


def widening(domain: str) -> tuple[str, ...]:
    """The domain and those it lies under, most specific first, down to two labels: a.b.example, then b.example.

    A suffix such as `co.uk` is left out.
    """
    labels = domain.split(".")
    wider = (".".join(labels[start:]) for start in range(max(len(labels) - 1, 0)))
    return tuple(each for each in wider if each not in SUFFIXES)
