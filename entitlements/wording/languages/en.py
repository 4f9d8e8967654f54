"""English, which the other languages are translated from."""

SENTENCES = {
    # Dates, moments and lengths of time
    "day": "EEEE d MMMM",
    "day.year": "EEEE d MMMM y",
    "date": "d MMMM y",
    "moment": "{day} at {time} ({place})",
    "moment.about": "{day} at about {time} ({place})",
    "theirs": "{moment}, {time} your time in {place}",
    "theirs.day": "{moment}, {day} at {time} your time in {place}",
    "theirs.utc": "{moment}, {time} your time ({place})",
    "theirs.utc.day": "{moment}, {day} at {time} your time ({place})",
    "duration.hours": "{count} h",
    "duration.minutes": "{count} min",
    "duration.seconds": "{count} s",
    "duration.between": " ",

    # Hours
    "hours": "{week} ({place})",
    "hours.between": "; ",
    "hours.days": "{days}, {times}",
    "hours.run": "{first} to {last}",
    "hours.every_day": "every day",
    "hours.window": "{start}-{end}",
    "hours.times": "{times}",
    "hours.all_day": "24 hours",
    "hours.always": "24 hours a day, every day",
    "hours.never": "no hours at all",
    "hours.single": "single days only",

    # Severities
    "severity.low": "low",
    "severity.normal": "normal",
    "severity.high": "high",
    "severity.urgent": "urgent",

    # Why
    "why.unknown_customer": "We could not match you to a support license",
    "why.ambiguous_customer": "We could not tell which support license your request belongs to",
    "why.no_license": "We found no support license for your organization",
    "why.license_expired": "Your support license ended on {ended_on}",
    "why.license_suspended": "Your support license is suspended at present",
    "why.license_cancelled": "Your support license was cancelled",
    "why.license_not_started": "Your support license begins on {starts_on}",
    "why.contact_not_covered": "Your address is not among the contacts named in your support license",
    "why.not_covered": "Your support license does not cover this request",
    "why.not_covered.product": 'Your support license does not cover the product "{name}"',
    "why.not_covered.channel": 'Your support license does not cover the channel "{name}"',
    "why.outside_hours": "Your license covers {hours}",
    "why.holiday": "Support is closed for a holiday",
    "why.daily_limit_reached": "Your license includes {limit} of support a day, and today's time is used up",
    "why.daily_limit_reached.none": "Your license includes no support time",
    "why.in_grace": "Your support license ended on {ended_on}, and support goes on until {grace_ends_on}",
    "why.in_grace.renew": "Your support license ended on {ended_on}, and support goes on until {grace_ends_on}; to "
                          "renew it, please contact {contact}",
    "why.severity_exempt": "Your license covers tickets of {severity} severity around the clock",
    "why.always_open": "Your license covers {hours}",
    "why.within_hours": "Support is open now",
    "why.within_hours.today": "Support is open now, until {time} ({place})",
    "why.within_hours.until": "Support is open now, until {moment}",
    "why.live_contact": "",
    "why.taken_early": "",
    "why.overridden": "",
    "why.rejected_again": "Thank you for your reply",
    "why.reject_breaker": "",
    "why.arrived_late": "",
    "why.could_not_decide": "",

    # What happens next
    "next.opens": "Support opens on {moment}; your ticket reaches the team at about that time.",
    "next.waits": "Your ticket is in line and reaches the team on {moment}.",
    "next.taken": "The support team has taken up your ticket already.",
    "next.triage": "Somebody on the support team will look at your request and get back to you.",
    "next.team": "Your ticket is with the support team now.",

    # What to do about a refusal; `contact` is whom to turn to where nobody is named
    "mend": "If you think that this is a mistake, please contact {contact}.",
    "mend.unknown_customer": "To arrange support, please contact {contact}.",
    "mend.no_license": "To arrange support, please contact {contact}.",
    "mend.license_expired": "To renew it, please contact {contact}.",
    "mend.license_suspended": "To have it resumed, please contact {contact}.",
    "mend.license_cancelled": "To take out a new one, please contact {contact}.",
    "mend.contact_not_covered": "To be added to it, please contact {contact}.",
    "mend.not_covered": "To have it added, please contact {contact}.",
    "contact": "the team that looks after your support license",

    # All of it
    "told": "{why}. {next}",
    "told.refused": "{why}, so we cannot take up this ticket. {mend}",
    "refused": "We cannot take up this ticket. {mend}",
    "discreet.refused": "We could not confirm support cover for this request. {mend}",
}
