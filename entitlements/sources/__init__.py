"""Where holidays come from, besides a person's hand: the public holidays of a country, and iCalendar text.

Each source turns what it is given into `Holiday` values, one for each date, in order. Nothing here reads a file, a
clock or the network: the text, and the years it is wanted for, are arguments.
"""
