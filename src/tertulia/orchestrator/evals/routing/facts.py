"""What the questions of ``tasks`` are made of: common knowledge, names, texts."""

CAPITALS = (
    ("France", "Paris"), ("Japan", "Tokyo"), ("Canada", "Ottawa"), ("Egypt", "Cairo"), ("Norway", "Oslo"),
    ("Portugal", "Lisbon"), ("Kenya", "Nairobi"), ("Peru", "Lima"), ("Thailand", "Bangkok"), ("Greece", "Athens"),
    ("Hungary", "Budapest"), ("Australia", "Canberra"), ("Chile", "Santiago"), ("Ireland", "Dublin"),
    ("Cuba", "Havana"), ("Finland", "Helsinki"), ("Nepal", "Kathmandu"), ("Morocco", "Rabat"),
)  # fmt: skip
OPPOSITES = (
    ("hot", "cold"), ("early", "late"), ("heavy", "light"), ("rich", "poor"), ("empty", "full"), ("wide", "narrow"),
    ("ancient", "modern"), ("loud", "quiet"), ("accept", "reject"), ("victory", "defeat"), ("expand", "contract"),
    ("hard", "soft"), ("wet", "dry"),
)  # fmt: skip
PEOPLE = (
    "Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas", "Karin", "Lukas", "Maria",
    "Nils", "Olga", "Paul",
)  # fmt: skip
CITIES = ("Bergen", "Porto", "Ghent", "Turin", "Malmo", "Graz", "Leeds", "Lyon", "Basel", "Krakow")
COMPANIES = ("Halden Pumps", "Orrin Works", "Brightwater", "Castell & Sons", "Lumen Hydraulics", "Varga Tools")
WORDS = (
    ("house", {"French": "maison", "Spanish": "casa", "German": "Haus"}),
    ("water", {"French": "eau", "Spanish": "agua", "German": "Wasser"}),
    ("thank you", {"French": "merci", "Spanish": "gracias", "German": "danke"}),
    ("dog", {"French": "chien", "Spanish": "perro", "German": "Hund"}),
    ("book", {"French": "livre", "Spanish": "libro", "German": "Buch"}),
    ("red", {"French": "rouge", "Spanish": "rojo", "German": "rot"}),
)
REVIEWS = (
    ("The room was spotless and the staff could not have been kinder.", "positive"),
    ("It broke after two days, and nobody answered my letters.", "negative"),
    ("I have bought three more for my friends. Wonderful!", "positive"),
    ("A waste of money; the colours fade in the first wash.", "negative"),
    ("Quick delivery, and it works exactly as promised.", "positive"),
    ("The soup was cold and the waiter rude.", "negative"),
    ("Not what I feared at all: quiet, clean, and a splendid breakfast.", "positive"),
    ("I wanted to like it, but the plot goes nowhere and I gave up.", "negative"),
    ("Best concert of my life.", "positive"),
    ("Never again. We waited for two hours.", "negative"),
)
LONG_WORDS = (
    "lantern", "strawberry", "committee", "cupboard", "elephant", "parallel", "mountain", "hexagon", "orchestra",
    "butterfly", "mississippi", "kangaroo", "bookkeeper", "umbrella", "tomorrow",
)  # fmt: skip
ELEMENTS = (
    ("gold", "Au"), ("iron", "Fe"), ("sodium", "Na"), ("silver", "Ag"), ("helium", "He"), ("potassium", "K"),
    ("lead", "Pb"), ("copper", "Cu"), ("tin", "Sn"), ("oxygen", "O"),
)  # fmt: skip
CURRENCIES = (
    ("Japan", "yen"), ("India", "rupee"), ("Switzerland", "franc"), ("Mexico", "peso"), ("Poland", "zloty"),
    ("Germany", "euro"), ("Brazil", "real"), ("Thailand", "baht"), ("Sweden", "krona"), ("China", ("yuan", "renminbi")),
)  # fmt: skip
MISSPELT = (
    ("recieve", "receive"), ("definately", "definitely"), ("seperate", "separate"), ("accomodate", "accommodate"),
    ("tommorow", "tomorrow"), ("neccessary", "necessary"), ("occured", "occurred"), ("wierd", "weird"),
    ("goverment", "government"), ("enviroment", "environment"),
)  # fmt: skip
COMMON = (
    ("Which planet is known as the red planet?", "Mars"),
    ("How many legs does a spider have?", ("eight", "8")),
    ("Who wrote Romeo and Juliet?", "Shakespeare"),
    ("At how many degrees Celsius does water boil at sea level?", "100"),
    ("Which ocean is the largest?", "Pacific"),
    ("In which year did the Second World War end?", "1945"),
    ("What do bees make?", "honey"),
    ("What is the largest mammal?", "whale"),
    ("How many minutes are in an hour?", ("60", "sixty")),
    ("Which gas do plants take from the air to grow?", ("carbon dioxide", "CO2", "CO₂")),
)
YES_NO = (
    ("Is a whale a fish? Answer yes or no.", "no"),
    ("Is Madrid in Spain? Answer yes or no.", "yes"),
    ("Is 17 a prime number? Answer yes or no.", "yes"),
    ("Is the sun a planet? Answer yes or no.", "no"),
    ("Is ice colder than steam? Answer yes or no.", "yes"),
    ("Can penguins fly? Answer yes or no.", "no"),
    ("Is Africa a country? Answer yes or no.", "no"),
    ("Is a tomato a plant? Answer yes or no.", "yes"),
    ("Does the moon go around the earth? Answer yes or no.", "yes"),
    ("Is sand a metal? Answer yes or no.", "no"),
)
VERBS = (
    ("go", "went"), ("buy", "bought"), ("teach", "taught"), ("swim", "swam"), ("write", "wrote"), ("fly", "flew"),
    ("catch", "caught"), ("sing", "sang"), ("begin", "began"), ("choose", "chose"),
)  # fmt: skip
BOOKS = (
    ("1984", "Orwell"), ("Pride and Prejudice", "Austen"), ("The Hobbit", "Tolkien"), ("War and Peace", "Tolstoy"),
    ("Moby-Dick", "Melville"), ("Don Quixote", "Cervantes"), ("Frankenstein", "Shelley"), ("Dracula", "Stoker"),
    ("Les Miserables", "Hugo"), ("The Great Gatsby", "Fitzgerald"),
)  # fmt: skip
TONGUES = (
    ("Guten Morgen, wie haben Sie geschlafen?", "German"), ("Le train est en retard de dix minutes.", "French"),
    ("El perro duerme en la cocina.", "Spanish"), ("Il gatto beve il latte.", "Italian"),
    ("De fiets staat voor het huis.", "Dutch"), ("O livro ficou em cima da mesa.", "Portuguese"),
    ("Dziękuję, wszystko w porządku.", "Polish"), ("Jag kommer hem i morgon.", "Swedish"),
    ("Bugün hava çok güzel.", "Turkish"),
)  # fmt: skip
PLACES = (
    ("Barcelona", "Spain"), ("Munich", "Germany"), ("Kyoto", "Japan"), ("Florence", "Italy"), ("Toronto", "Canada"),
    ("Mumbai", "India"), ("Manchester", ("England", "United Kingdom", "UK")), ("Marseille", "France"),
    ("Melbourne", "Australia"), ("Cusco", "Peru"),
)  # fmt: skip
TONES = (
    ("hey, u coming tonight or what?", "informal"),
    ("Dear Dr Holm, I would be grateful for an appointment next week.", "formal"),
    ("lol no way, send pics!!", "informal"),
    ("We hereby confirm receipt of your application.", "formal"),
    ("gonna be late, sorry mate", "informal"),
    ("Please find enclosed the documents that you requested.", "formal"),
    ("wanna grab a coffee later?", "informal"),
    ("The committee regrets to inform you that the event is cancelled.", "formal"),
)
