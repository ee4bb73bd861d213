"""English words for what is written short: abbreviations, money, units, signs; capitals that are letters or words."""

from __future__ import annotations

from speech.text.wordlists import words

__all__ = [
    "ABBREVIATIONS",
    "ARTICLES",
    "BEFORE_FIGURES",
    "CODES",
    "COUNTED_PARTS",
    "DAYS",
    "FRACTIONS",
    "LENGTHS",
    "LETTERED",
    "LONE_UNITS",
    "MONEY",
    "MONTHS",
    "PLURALS",
    "POWERS",
    "RATIOS",
    "RULERS",
    "SCALES",
    "SCALE_WORDS",
    "SHOUTED_WORDS",
    "SIGNS",
    "STREETS",
    "UNITS",
    "WORDS_IN_CAPITALS",
    "WRITTEN_SHORT",
]

STREETS = {
    "st": "street", "ave": "avenue", "blvd": "boulevard", "rd": "road", "dr": "drive", "ln": "lane", "ct": "court",
    "pl": "place", "sq": "square", "hwy": "highway", "pkwy": "parkway",
}  # fmt: skip

ABBREVIATIONS: dict[str, str] = {
    "mr": "mister", "mrs": "missis", "ms": "miz", "dr": "doctor", "prof": "professor", "st": "saint", "jr": "junior",
    "sr": "senior", "vs": "versus", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
    "approx": "approximately", "inc": "incorporated", "ltd": "limited", "dept": "department", "est": "established",
    "fig": "figure", "gen": "general", "gov": "governor", "hon": "honorable", "lt": "lieutenant", "capt": "captain",
    "col": "colonel", "sgt": "sergeant", "rev": "reverend", "vol": "volume", "jan": "January", "feb": "February",
    "mar": "March", "apr": "April", "aug": "August", "sept": "September", "sep": "September", "oct": "October",
    "nov": "November", "dec": "December", "a.m": "A M", "p.m": "P M", "ave": "avenue", "blvd": "boulevard",
    "rd": "road", "mt": "mount", "ln": "lane", "hwy": "highway", "pkwy": "parkway", "corp": "corporation",
    "assn": "association", "bros": "brothers", "min": "minimum", "max": "maximum", "incl": "including",
    "tbsp": "tablespoon", "tsp": "teaspoon", "lbs": "pounds", "oz": "ounces", "hrs": "hours", "mins": "minutes",
    "ph.d": "P H D", "lg": "large", "sm": "small", "cf": "compare", "ed": "edition",
    "pcs": "pieces", "ea": "each", "temp": "temperature", "qty": "quantity", "fl": "floor", "bldg": "building",
    "tel": "telephone", "fav": "favorite", "avg": "average", "univ": "university", "misc": "miscellaneous", "al": "al",
}  # fmt: skip
"""Words that a full stop shortens; the stop after them ends no sentence by itself."""

BEFORE_FIGURES: dict[str, str] = {
    "no": "number", "nos": "numbers", "p": "page", "pp": "pages", "ch": "chapter", "art": "article",
    "tel": "telephone", "ext": "extension", "para": "paragraph", "apt": "apartment", "sec": "section",
    "eq": "equation", "pg": "page", "rm": "room", "c": "circa", "ca": "circa", "app": "appendix", "ver": "version",
    "rs": "rupees",
}  # fmt: skip
"""Words that a full stop shortens where figures follow."""

WRITTEN_SHORT = {"w/o": "without", "w/": "with", "b/c": "because", "vs": "versus", "etc": "et cetera", "c/o": "care of",
                 "wwi": "World War one", "wwii": "World War two", "pls": "please", "qty": "quantity"}  # fmt: skip

DAYS = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "thur": "Thursday",
    "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
COUNTED_PARTS = frozenset({"chapter", "part", "war", "volume", "act", "book", "phase", "type", "appendix", "class"})
RULERS = words(
    """louis henry charles george james edward richard william elizabeth mary catherine peter nicholas alexander ivan
    john paul pius benedict francis philip frederick napoleon leo gregory pope king queen"""
)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

MONEY = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "₽": ("rouble", "kopeck"),
    "¥": ("yen", "sen"), "₹": ("rupee", "paisa"), "₴": ("hryvnia", "kopeck"), "₩": ("won", "jeon"),
    "₺": ("lira", "kurush"), "₪": ("shekel", "agora"), "CHF": ("Swiss franc", "centime"),
    "US$": ("U S dollar", "cent"), "C$": ("Canadian dollar", "cent"), "CA$": ("Canadian dollar", "cent"),
    "A$": ("Australian dollar", "cent"), "AU$": ("Australian dollar", "cent"),
    "NZ$": ("New Zealand dollar", "cent"), "HK$": ("Hong Kong dollar", "cent"), "S$": ("Singapore dollar", "cent"),
    "R$": ("real", "centavo"),
}  # fmt: skip
CODES = {
    "USD": "$", "EUR": "€", "GBP": "£", "RUB": "₽", "JPY": "¥", "INR": "₹", "UAH": "₴", "KRW": "₩", "TRY": "₺",
    "ILS": "₪", "CHF": "CHF", "CAD": "C$", "AUD": "A$", "NZD": "NZ$", "HKD": "HK$", "SGD": "S$", "BRL": "R$",
    "Rs": "₹", "Rs.": "₹",
}  # fmt: skip
PLURALS = {
    "penny": "pence", "yen": "yen", "sen": "sen", "paisa": "paise", "won": "won", "jeon": "jeon", "foot": "feet",
    "inch": "inches", "hertz": "hertz", "kilohertz": "kilohertz", "megahertz": "megahertz", "gigahertz": "gigahertz",
    "horsepower": "horsepower", "agora": "agorot", "kelvin": "kelvin", "century": "centuries",
}  # fmt: skip
SCALES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
SCALE_WORDS = frozenset({"thousand", "million", "billion", "trillion", "hundred", "lakh", "crore"})
UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce", "km": "kilometer",
    "m": "meter", "cm": "centimeter", "mm": "millimeter", "mi": "mile", "ft": "foot", "in": "inch", "yd": "yard",
    "l": "liter", "ml": "milliliter", "h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute",
    "s": "second", "sec": "second", "secs": "second", "ms": "millisecond", "gb": "gigabyte", "mb": "megabyte",
    "kb": "kilobyte", "tb": "terabyte", "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz",
    "w": "watt", "kw": "kilowatt", "mw": "megawatt", "kwh": "kilowatt hour", "v": "volt", "kv": "kilovolt",
    "a": "ampere", "d": "day", "t": "ton", "bbl": "barrel", "mmhg": "millimeter of mercury", "mah": "milliampere hour",
    "px": "pixel",
    "m/s²": "meter per second squared", "km/s": "kilometer per second", "n": "newton", "°": "degree",
    "°c": "degree Celsius",
    "°f": "degree Fahrenheit", "m²": "square meter", "km²": "square kilometer", "cm²": "square centimeter",
    "ft²": "square foot", "m³": "cubic meter", "km/h": "kilometer per hour", "kmh": "kilometer per hour",
    "kph": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second", "fps": "frame per second",
    "mbps": "megabit per second", "gbps": "gigabit per second", "tbsp": "tablespoon",
    "tsp": "teaspoon", "ha": "hectare", "gal": "gallon", "pt": "point", "qt": "quart", "hp": "horsepower",
    "db": "decibel", "kcal": "kilocalorie",
    "cal": "calorie", "yr": "year", "yrs": "year", "mo": "month", "wk": "week", "kj": "kilojoule", "psi": "P S I",
    "kg/m²": "kilogram per square meter", "kg/m³": "kilogram per cubic meter", "g/cm³": "gram per cubic centimeter",
    "w/m²": "watt per square meter", "g/l": "gram per liter", "mg/l": "milligram per liter", "cc": "cubic centimeter",
    "rpm": "R P M", "nm": "nanometer", "mps": "meter per second", "sqft": "square foot",
}  # fmt: skip
LONE_UNITS = frozenset(UNITS) - {"in", "a", "d", "v", "w", "pt", "n"} | {"V", "W", "A", "N"}
LENGTHS = frozenset({"ft", "in", "yd", "mi", "m", "km", "cm", "mm"})
POWERS = {"sq": "square", "cu": "cubic"}
"""What is written before a length to make it an area or a volume."""
FRACTIONS = {
    "1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters",
}  # fmt: skip
RATIOS = words("""ratio scale mix dilut odds score won win lost beat draw drew aspect proportion led lead final""")
ARTICLES = frozenset({"a", "an", "another", "each", "every", "this", "that"})
SIGNS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "#": "hash", "×": "times", "÷": "divided by",
    "<": "less than", ">": "greater than", "~": "about", "≈": "about", "±": "plus or minus", "°": "degrees",
    "$": "dollars", "€": "euros", "£": "pounds", "©": "copyright", "™": "trademark", "№": "number", "§": "section",
    "/": "slash", "→": "to", "½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third",
    "⅔": "two thirds", "≥": "at least", "≤": "at most", "√": "the square root of", "²": "squared", "³": "cubed",
    "¢": "cents", ">=": "greater than or equal to", "<=": "less than or equal to", "==": "equals",
    "!=": "is not equal to", "->": "to", "=>": "to", "≠": "is not equal to", "^": "to the power of", "®": "",
}  # fmt: skip

WORDS_IN_CAPITALS = words(
    """a about after again ago all also an and any are art as ask at away back bad be been best better big bit book
    both box boy bring but buy by bye call came can car city cold come cost cut dad data day dead deal did do does
    dog done dont door down each easy eat end even ever every exit eye eyes face fact fall far fast few find fine
    fire first fix fly for free from full fun game gas gave get gift girl give go goes gold gone good got great had
    half hand happy hard has hat have he head hear help her here hey hi high him his hit hold home hot hour how i if
    in into is its job join joy just keep key kid kids kill kind knew know large last late law lead least left less
    let lie life lift like line list little live long look lost lot love low made main make man many may me mean
    meet men might mind miss mom more most move much mum must my name near need never new news next nice night no
    none not note now o of off oh ok old on once one only open or other our out over own page paid part past pay
    play please point pull push put quit ram ran read real red rest right road rom run sad safe said sale same saw
    say sea see seen sell send set she shop show sign sim sit six size sky slow small so some soon sorry star start
    stay step stop such sun sure take talk tax tell ten than thank thanks that the their them then there they thing
    this three thus time to today told too took top toy try turn two under until up upon use used very vip vs wait
    walk want war was way we week well went were what when where which while white who why will win wish with word
    work world wow yes yet you young your zip zero zone pin gif"""
)
"""Words that people write in capitals to stress them."""

LETTERED = words(
    """USA US UK AP EU UN UAE USSR FBI CIA NSA IRS FDA EPA GDP GPS CEO CFO CTO COO HR PR IT AI API APIS ATM BBC CNN NBC
    ABC CBS ESPN CPU GPU USB URL PDF HTML CSS XML SQL SDK IDE IOT FAQ DIY DNA RNA HIV MRI CT ER IV ID IP ISP LED LCD
    OLED NBA NFL NHL MLB UFC FIFA VAT VPN VR AR UI UX BMW IBM HP LG AOL AWS NGO MBA BA MA BSC PHD AM PM AD BC TV DVD
    CD DJ SUV RV LLC PLC ASAP RSVP ETA FYI UFO EST PST GMT UTC CET EDT PDT NYC LA DC SMS MMS APR ROI KPI B2B POS SEO
    EUR USD GBP ICU OK"""
) - {"FIFA", "OK"}  # fmt: skip
"""Abbreviations that are said letter by letter though they look like words, or stand between words in capitals."""

SHOUTED_WORDS = frozenset({"it", "us", "am"})
"""Letters of an abbreviation in a sentence, words in a run of capitals."""
