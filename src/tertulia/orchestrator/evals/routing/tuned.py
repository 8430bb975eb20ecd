"""The families of questions that the router was tuned on."""

from random import Random

from tertulia.orchestrator.evals.routing import facts
from tertulia.orchestrator.evals.routing.tasks import Family, Made


def _capital(random: Random) -> Made:
    country, capital = random.choice(facts.CAPITALS)
    return random.choice((f"What is the capital of {country}?", f"capital city of {country}")), capital, "word"


def _product(random: Random) -> Made:
    one, other = random.randint(112, 989), random.randint(12, 98)
    asked = random.choice((f"What is {one} \N{MULTIPLICATION SIGN} {other}?", f"Multiply {one} by {other}."))
    return asked, str(one * other), "number"


def _opposite(random: Random) -> Made:
    word, opposite = random.choice(facts.OPPOSITES)
    return f"What is the opposite of '{word}'?", opposite, "word"


def _shopping(random: Random) -> Made:
    pens, each, books, price, paid = (
        random.randint(3, 9),
        random.randint(2, 6),
        random.randint(2, 5),
        random.randint(7, 14),
        100,
    )
    name = random.choice(facts.PEOPLE)
    change = paid + 50 - pens * each - books * price
    asked = (
        f"{name} buys {pens} pens at {each} euros each and {books} books at {price} euros each, "
        f"and pays with {paid + 50} euros. How much change does {name} get?"
    )
    return asked, str(change), "number"


def _translation(random: Random) -> Made:
    english, words = random.choice(facts.WORDS)
    language = random.choice([*words])
    return f"How do you say '{english}' in {language}?", words[language], "word"


def _order(random: Random) -> Made:
    first, second, third, fourth = random.sample(facts.PEOPLE, 4)
    told = [
        f"{first} is taller than {second}.",
        f"{second} is taller than {third}.",
        f"{fourth} is taller than {first}.",
    ]
    random.shuffle(told)
    return f"{' '.join(told)} Who is the second tallest? Give the name.", first, "last", (second, third, fourth)


def _email(random: Random) -> Made:
    name, domain = random.choice(facts.PEOPLE).lower(), random.choice(("northwind.example", "acme.example"))
    text = f"Hi team, the invoice went out on Monday. For questions write to {name}@{domain} or call the front desk."
    return f"Find the e-mail address in this text: {text}", f"{name}@{domain}", "word"


def _weekday(random: Random) -> Made:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    today, ahead = random.randrange(7), random.randint(16, 95)
    right = days[(today + ahead) % 7]
    others = tuple(day for day in days if day not in (right, days[today]))
    return f"Today is {days[today]}. What day of the week is it in {ahead} days?", right, "last", others


def _sentiment(random: Random) -> Made:
    text, feeling = random.choice(facts.REVIEWS)
    other = "negative" if feeling == "positive" else "positive"
    return f'Is this review positive or negative? "{text}"', feeling, "first", (other,)


def _loop(random: Random) -> Made:
    start, stop, step, factor = random.randint(1, 4), random.randint(9, 15), random.randint(2, 3), random.randint(2, 5)
    total = sum(number * factor for number in range(start, stop, step))
    code = f"total = 0\nfor i in range({start}, {stop}, {step}):\n    total += i * {factor}\nprint(total)"
    return f"What does this Python program print?\n```python\n{code}\n```", str(total), "number"


def _greeting(random: Random) -> Made:
    asked = random.choice(
        (
            "Hi",
            "Hello!",
            "Good morning",
            "hey there",
            "Hi, how are you?",
            "Good evening!",
            "hello",
            "Hey",
            "Hi there!",
            "good afternoon",
        )
    )
    return asked, ("hello", "hi", "hey", "good morning", "good evening", "good afternoon", "help"), "word"


def _reversed(random: Random) -> Made:
    word = random.choice(facts.LONG_WORDS)
    return f"Spell the word '{word}' backwards.", word[::-1], "word"


def _passage(random: Random) -> Made:
    company, city, person = random.choice(facts.COMPANIES), random.choice(facts.CITIES), random.choice(facts.PEOPLE)
    year, staff = random.randint(1961, 2015), random.randint(40, 900)
    text = (
        f"{company} was founded in {year} by {person} Holm. Its head office is in {city}, and it employs {staff} "
        "people. The company makes pumps for small farms."
    )
    question, right = random.choice(
        (
            (f"Where is the head office of {company}?", city),
            (f"When was {company} founded?", str(year)),
            (f"How many people does {company} employ?", str(staff)),
        )
    )
    return f"{text}\n\n{question}", right, "word"


def _not_told(random: Random) -> Made:
    company, city = random.choice(facts.COMPANIES), random.choice(facts.CITIES)
    year = random.randint(1961, 2015)
    text = f"{company} was founded in {year} in {city}. It makes pumps for small farms and repairs old ones."
    asked, never = random.choice(
        (
            ("Who is its managing director?", ("director is",)),
            ("How much did it earn last year?", ("earned $", "earned €")),
            ("What does its cheapest pump cost?", ("costs $", "costs €")),
        )
    )
    return f"{text}\n\nAnswer from this text only; if it does not say, say so. {asked}", "", "unknown", never


def _json(random: Random) -> Made:
    name, age, city = random.choice(facts.PEOPLE), random.randint(19, 80), random.choice(facts.CITIES)
    asked = f"Turn this into JSON with the keys name, age and city: {name} is {age} years old and lives in {city}."
    return asked, (f'"name": "{name}"', f'"name":"{name}"'), "case"


def _two_hops(random: Random) -> Made:
    people = random.sample(facts.PEOPLE, 3)
    cities = random.sample(facts.CITIES, 3)
    parts = [f"{person} leads the office in {city}." for person, city in zip(people, cities, strict=True)]
    sizes = random.sample(range(12, 90), 3)
    parts += [f"The office in {city} has {size} desks." for city, size in zip(cities, sizes, strict=True)]
    random.shuffle(parts)
    asked = f"How many desks do the offices of {people[0]} and {people[1]} have together?"
    return f"{' '.join(parts)}\n\n{asked}", str(sizes[0] + sizes[1]), "number"


def _symbol(random: Random) -> Made:
    element, symbol = random.choice(facts.ELEMENTS)
    return f"What is the chemical symbol of {element}?", symbol, "word"


def _roman(random: Random) -> Made:
    number = random.randint(144, 1994)
    return f"Write {number} in Roman numerals.", roman(number), "word"


def _sum(random: Random) -> Made:
    one, other = random.randint(2, 49), random.randint(2, 49)
    return random.choice((f"What is {one} + {other}?", f"{one} plus {other}?")), str(one + other), "number"


def _speed(random: Random) -> Made:
    speed, half_hours, rest = random.choice((48, 60, 72, 84)), random.randint(3, 9), random.randint(10, 40)
    asked = (
        f"A train goes {speed} km/h for {half_hours * 30} minutes and then another {rest} km. "
        "How many kilometres has it gone in all?"
    )
    return asked, str(speed * half_hours // 2 + rest), "number"


def _sort(random: Random) -> Made:
    words = random.sample(("apple", "cherry", "banana", "grape", "lemon", "mango", "orange", "peach", "plum"), 4)
    asked = f"Put these in alphabetical order, separated by commas: {', '.join(words)}"
    return asked, ", ".join(sorted(words)), "word"


def _count_letter(random: Random) -> Made:
    word = random.choice(facts.LONG_WORDS)
    letter = random.choice(sorted(set(word)))
    return f"How many times does the letter '{letter}' occur in '{word}'?", str(word.count(letter)), "number"


def _currency(random: Random) -> Made:
    country, currency = random.choice(facts.CURRENCIES)
    return f"Which currency is used in {country}?", currency, "word"


def _syllogism(random: Random) -> Made:
    one, two, three = random.sample(("bloops", "wazzes", "krims", "tollers", "fenns", "gromps"), 3)
    kind = random.choice(("all", "some"))
    if kind == "all":
        told, right, wrong = f"All {one} are {two}. All {two} are {three}.", "yes", "no"
    else:
        told, right, wrong = f"All {one} are {two}. Some {two} are {three}.", "no", "yes"
    return f"{told} Does it follow that all {one} are {three}? Answer yes or no.", right, "first", (wrong,)


def _spelling(random: Random) -> Made:
    wrong, right = random.choice(facts.MISSPELT)
    return f"Correct the spelling of this word: {wrong}", right, "word"


def _discount(random: Random) -> Made:
    price, off, tax = random.choice((80, 120, 160, 200, 240, 400)), random.choice((15, 25, 35, 40)), 10
    asked = (
        f"A jacket costs {price} dollars. It is reduced by {off} percent, and then {tax} percent tax is added. "
        "What is the final price in dollars?"
    )
    return asked, str(price * (100 - off) * (100 + tax) / 10_000), "number"


def _case(random: Random) -> Made:
    words = " ".join(random.sample(("river", "stone", "window", "garden", "silver", "morning", "paper"), 3))
    return f"Write this in capital letters: {words}", words.upper(), "case"


def _binary(random: Random) -> Made:
    number = random.randint(37, 250)
    return f"What is {number} in binary?", f"{number:b}", "word"


def _planet(random: Random) -> Made:
    asked, right = random.choice(facts.COMMON)
    return asked, right, "word"


def _filtered(random: Random) -> Made:
    words = random.sample(facts.LONG_WORDS, 6)
    longest = max(len(word) for word in words)
    asked = f"Which of these words is the longest by its number of letters: {', '.join(words)}?"
    right = tuple(word for word in words if len(word) == longest)
    return asked, right, "last", tuple(word for word in words if len(word) < longest)


def _yes_no(random: Random) -> Made:
    asked, right = random.choice(facts.YES_NO)
    return asked, right, "first", ("no" if right == "yes" else "yes",)


def _cron(random: Random) -> Made:
    minute, hour, day = random.randint(1, 59), random.randint(1, 23), random.randint(1, 5)
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    asked = f"Write the crontab schedule for {hour:02}:{minute:02} every {names[day - 1]} (five fields)."
    return asked, f"{minute} {hour} * * {day}", "word"


def roman(number: int) -> str:
    """In the usual, subtractive way."""
    signs = (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
        (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    )  # fmt: skip
    written = ""
    for value, sign in signs:
        times, number = divmod(number, value)
        written += sign * times
    return written


FAMILIES: tuple[Family, ...] = (
    _capital, _opposite, _product, _shopping, _translation, _email, _order, _weekday, _sentiment, _greeting, _loop,
    _reversed, _passage, _json, _not_told, _two_hops, _symbol, _sum, _roman, _speed, _sort, _currency, _count_letter,
    _syllogism, _spelling, _case, _discount, _binary, _planet, _yes_no, _filtered, _cron,
)  # fmt: skip
