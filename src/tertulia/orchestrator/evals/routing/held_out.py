"""The families of questions that the router is measured on: none of them was looked at when it was tuned."""

from datetime import date, timedelta
from random import Random

from tertulia.orchestrator.evals.routing import facts
from tertulia.orchestrator.evals.routing.tasks import Family, Made


def _past_tense(random: Random) -> Made:
    verb, past = random.choice(facts.VERBS)
    return f"What is the past tense of '{verb}'?", past, "word"


def _two_ages(random: Random) -> Made:
    (one, other), older, young = random.sample(facts.PEOPLE, 2), random.randint(2, 9), random.randint(6, 30)
    asked = f"{one} is {older} years older than {other}. Together they are {2 * young + older} years old."
    return f"{asked} How old is {one}?", str(young + older), "number"


def _date_in_text(random: Random) -> Made:
    day = date(2025, 1, 1) + timedelta(days=random.randrange(365))
    written = f"{day:%B} {day.day}"
    text = f"Dear guests, because of repairs the pool stays closed until {written}. The sauna is open as usual."
    return f"{text}\n\nUntil when is the pool closed?", (written, f"{day.day} {day:%B}"), "word"


def _end_of_meeting(random: Random) -> Made:
    start, minutes = random.randint(8 * 60, 14 * 60) // 5 * 5, random.choice((50, 75, 95, 110, 135))
    end = start + minutes
    asked = f"A meeting starts at {start // 60}:{start % 60:02} and lasts {minutes} minutes. When does it end?"
    return asked, (f"{end // 60}:{end % 60:02}", f"{(end // 60 - 1) % 12 + 1}:{end % 60:02}"), "word"


def _author(random: Random) -> Made:
    book, author = random.choice(facts.BOOKS)
    return random.choice((f"Who wrote {book}?", f"Who is the author of {book}?")), author, "word"


def _even_numbers(random: Random) -> Made:
    count = random.randint(2, 4)
    numbers = random.sample(range(12, 99, 2), count) + random.sample(range(11, 99, 2), 6 - count)
    random.shuffle(numbers)
    even = ", ".join(str(number) for number in numbers if number % 2 == 0)
    return f"Which of these numbers are even? {', '.join(map(str, numbers))}", even, "word"


def _fruit(random: Random) -> Made:
    fruit = random.choice(("pear", "cherry", "banana", "peach"))
    things = [fruit, *random.sample(("hammer", "window", "carpet", "bicycle", "candle", "drawer"), 3)]
    random.shuffle(things)
    return f"Which of these can be eaten: {', '.join(things)}?", fruit, "first", tuple(set(things) - {fruit})


def _table(random: Random) -> Made:
    cities, sizes = random.sample(facts.CITIES, 4), random.sample(range(120, 990), 4)
    rows = "\n".join(f"| {city} | {size} |" for city, size in zip(cities, sizes, strict=True))
    return f"| Office | Orders |\n|---|---|\n{rows}\n\nHow many orders had {cities[2]}?", str(sizes[2]), "word"


def _table_difference(random: Random) -> Made:
    cities, sizes = random.sample(facts.CITIES, 4), random.sample(range(120, 990), 4)
    rows = "\n".join(f"| {city} | {size} |" for city, size in zip(cities, sizes, strict=True))
    asked = "How many more orders had the office with the most than the office with the fewest?"
    return f"| Office | Orders |\n|---|---|\n{rows}\n\n{asked}", str(max(sizes) - min(sizes)), "number"


def _sql_count(random: Random) -> Made:
    table, column = random.choice(("orders", "invoices", "users", "visits")), random.choice(("city", "status"))
    return (
        f"Write an SQL query that counts the rows of the table {table} for each {column}.",
        f"group by {column}",
        "word",
    )


def _tongue(random: Random) -> Made:
    text, tongue = random.choice(facts.TONGUES)
    return f"Which language is this? {text}", tongue, "word"


def _open_now(random: Random) -> Made:
    closes, now = random.randint(16, 19), random.randint(12, 22)
    day = random.choice(("Saturday", "Monday"))
    shut = day == "Monday" or now >= closes
    text = f"The museum is closed on Mondays. On all other days it is open from 10:00 to {closes}:00."
    asked = f"It is {day}, {now}:30. Is the museum open? Answer yes or no."
    return f"{text} {asked}", "no" if shut else "yes", "first", ("yes" if shut else "no",)


def _country(random: Random) -> Made:
    city, country = random.choice(facts.PLACES)
    return f"In which country is {city}?", country, "word"


def _sliced(random: Random) -> Made:
    word, start = random.choice(facts.LONG_WORDS), random.randint(1, 3)
    return f"What is the value of '{word}'[{start}:{start + 4}] in Python?", word[start : start + 4], "word"


def _polite(random: Random) -> Made:
    text, tone = random.choice(facts.TONES)
    other = "informal" if tone == "formal" else "formal"
    return f'Is this message formal or informal? "{text}"', tone, "first", (other,)


def _mean(random: Random) -> Made:
    numbers = random.sample(range(3, 60), 5)
    while sum(numbers) % 5:
        numbers = random.sample(range(3, 60), 5)
    return f"What is the average of {', '.join(map(str, numbers))}?", str(sum(numbers) // 5), "number"


FAMILIES: tuple[Family, ...] = (
    _past_tense, _two_ages, _date_in_text, _end_of_meeting, _author, _even_numbers, _fruit, _table, _table_difference,
    _sql_count, _tongue, _open_now, _country, _sliced, _polite, _mean,
)  # fmt: skip
