#!/usr/bin/env python3
"""Writes src/auth/password_list.txt: passwords of 15 letters and digits or more that are tried first.

    python3 script/lib/password_list.py             writes the list
    python3 script/lib/password_list.py --check     says whether the file is what this makes

Where entries come from:

1. LEAKED: what is long enough of the list of 20,000 leaked passwords that Django refuses (django/contrib/auth/common-passwords.txt.gz in Debian's
   python3-django, BSD-3-Clause).
2. What people make when a short common password is not long enough: two common words, or one with a run of digits or a year behind it.
3. Walks over keyboards, the alphabet and the digits.
4. Sentences and names that everybody knows.

A password is compared by its letters and digits in lower case, so that is how entries are written.  What only repeats itself needs no entry:
the policy sees it.
"""

import argparse
import pathlib
import re
import sys

OUT = pathlib.Path(__file__).resolve().parents[2] / "src/auth/password_list.txt"
LEAST, MOST = 15, 128

LEAKED = """
111111111111111 12345678900987654321 12345678901234567890 1234567890qwertyuiop 123456789101112 123456789123456 1234567891234567
123456789123456789 12345678987654321 123456789987654321 123456789qwerty 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p
1qaz2wsx3edc4rfv 9121318barssuki asdfghjklhudson1 asdfghjklwinston1 demon1q2w3e4r5t doomsayer.2.7mords.v doomsayer.2.7mords.vv
familiyafamiliya inactive1996aug john!20130605at1753 juliadronina1996 kartoffelpuffer kirik26trimyasov lightpower12345 migrationschool
neworleans12345 polniypizdec0211 polniypizdec1102 polniypizdec110211 q1w2e3r4t5y6u7i8o9p0 qazwsxedcrfvtgb qwerty123456789 sdf7asdf6asdg8df
somanypickles27 stefangreil1983 tagesgruppe2010 vladcherktecktonik yfdbufnjh10305070
""".split()

# The most common short passwords and the words in them, in lists of every origin.
WORDS = """
password passw0rd p4ssword pa55word qwerty qwertyuiop iloveyou welcome letmein monkey dragon football baseball basketball princess sunshine
master shadow superman batman spiderman starwars pokemon michael jordan liverpool chelsea arsenal barcelona juventus manchester changeme
secret login admin administrator root user guest test testing default access computer internet google facebook microsoft windows apple
samsung summer winter spring autumn january february march april june july august september october november december monday friday
sunday charlie thomas jessica ashley daniel andrew joshua matthew robert hunter killer freedom trustno1 whatever cheese butterfly
flower purple orange chocolate cookie banana pepper ginger soccer hockey family forever lovely angel babygirl loveme hello hallo
company security server database system office manager london paris berlin america canada england germany australia
""".split()
# The first of them that people put beside another.
PAIRED = WORDS[:58]
TAILS = ["123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "123123", "123123123", "111111", "000000",
         "987654321", "9876543210", "123321", "654321", "112233", "11223344", "abc123", "abcdef", "abcdefgh", "qwerty", "qwerty123", "asdfgh", "zxcvbnm"]
YEARS = [str(year) for year in range(1990, 2031)]
ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"]
WALKS = ["1234567890qwertyuiopasdfghjklzxcvbnm", "qwertyuiopasdfghjklzxcvbnm1234567890", "qwertyuiop1234567890", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
         "qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "zaq12wsxcde34rfvbgt56yhnmju78ik",
         "qwertzuiopasdfghjklyxcvbnm", "1234567890qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "abcdefghijklmnopqrstuvwxyz",
         "zyxwvutsrqponmlkjihgfedcba", "012345678901234567890123456789", "123456789012345678901234567890", "987654321098765432109876543210",
         "1a2b3c4d5e6f7g8h9i0j", "a1b2c3d4e5f6g7h8i9j0", "1122334455667788990011", "abcdefghijklmnop1234567890", "abc123def456ghi789jkl",
         "12345678987654321", "123454321234543", "112358132134558914", "314159265358979323846", "271828182845904523536", "aabbccddeeffgghhiijj",
         "asdfghjklqwertyuiop", "zxcvbnmasdfghjklqwertyuiop", "mnbvcxzlkjhgfdsapoiuytrewq", "poiuytrewqlkjhgfdsamnbvcxz"]
SENTENCES = """
correct horse battery staple|the quick brown fox|the quick brown fox jumps over the lazy dog|to be or not to be that is the question|
may the force be with you|i am your father|live long and prosper|one ring to rule them all|my name is inigo montoya|winter is coming|
you shall not pass|i love you forever|i love you so much|i love you baby|i love my family|i love my mother|i love my husband|i love my wife|
i love my children|i love my girlfriend|i love my boyfriend|i hate my job so much|let me in please|let me in right now|open sesame open sesame|
this is my password|this is a password|this is the password|this is a secret|this is a long password|my password is password|my secret password|
my long password|a very long password|very long password|very secure password|very secret password|super secret password|super secure password|
new password please|i forgot my password|forgot my password|i dont know my password|no more passwords|password is password|not a password at all|
change me please|please change me now|change this password|change me immediately|enter your password|your password here|type your password here|
insert password here|put password here|default password|temporary password|initial password|administrator password|admin password|root password|
database password|password for database|test password test|just a test password|testing testing|hello world hello|helloworld|hello my friend|
happy birthday|happy birthday to you|happy new year|merry christmas|merry christmas and a happy new year|happily ever after|once upon a time|
in the beginning|in god we trust|jesus is my lord|jesus loves me|jesus christ is lord|god is good all the time|god bless america|the lord is my shepherd|
our father who art in heaven|amazing grace how sweet|never gonna give you up|never gonna let you down|all you need is love|let it be let it be|
here comes the sun|stairway to heaven|bohemian rhapsody|we are the champions|dont worry be happy|hakuna matata|livin on a prayer|smells like teen spirit|
twinkle twinkle little star|row row row your boat|mary had a little lamb|supercalifragilisticexpialidocious|antidisestablishmentarianism|
abracadabraabracadabra|rumpelstiltskin|manchesterunited|manchester united fc|manchester city fc|liverpool football club|you will never walk alone|
real madrid club de futbol|fc barcelona forever|los angeles lakers|new york yankees|dallas cowboys|green bay packers|harry potter and the|
lord of the rings|game of thrones|star wars forever|the empire strikes back|return of the jedi|back to the future|pirates of the caribbean|
united states of america|new york new york|san francisco california|los angeles california|the united kingdom|knowledge is power|time is money honey|
practice makes perfect|an apple a day|where there is a will|carpe diem carpe diem|veni vidi vici|cogito ergo sum|lorem ipsum dolor sit amet|
lorem ipsum dolor|errare humanum est|ichliebedich|ich liebe dich|ich liebe dich schatz|mein passwort ist|das ist mein passwort|das ist ein passwort|
dies ist ein passwort|ein sicheres passwort|passwort passwort|geheimes passwort|je t aime mon amour|je t aime pour toujours|mot de passe secret|
mon mot de passe|mi contrasena secreta|mi contrasena|te amo mi amor|te quiero mucho|te amo para siempre|eu te amo para sempre|minha senha secreta|
la mia password|ti amo per sempre|hasta la vista baby|keyboard cat keyboard|keyboard warrior|letters and numbers|twelve characters|fifteen characters|
at least fifteen characters|sixteen characters|a b c d e f g h i j k l m n o p|one two three four five|one two three four|onetwothreefourfivesix|
eins zwei drei vier|un deux trois quatre|uno dos tres cuatro|red orange yellow green blue|monday tuesday wednesday|january february march|
spring summer autumn winter|north south east west|alpha beta gamma delta|alpha bravo charlie delta|mother father sister brother|
i am the administrator|i am the best|i am the king of the world|i am your admin|trust no one trust|god only knows what|access granted access|
access denied access|company password|welcome to the jungle|welcome to my world|welcome to the machine|welcome password|welcome welcome 1
""".replace("\n", "").split("|")


def plain(text):
    """As the policy compares: letters and digits in lower case."""
    return re.sub(r"[^0-9a-z]", "", text.lower())


def made():
    for word in WORDS:
        for tail in TAILS + YEARS:
            yield word + tail
            yield tail + word
            yield word + word + tail
    for first in PAIRED:
        for second in PAIRED:
            yield first + second
    for walk in WALKS + [a + b for a in ROWS for b in ROWS] + [a + b[::-1] for a in ROWS for b in ROWS]:
        for text in (walk, walk[::-1]):
            for end in range(LEAST, len(text) + 1):
                yield text[:end]
            for start in range(1, max(1, len(text) - LEAST + 1)):
                yield text[start:]
    for sentence in SENTENCES:
        for tail in ("", "123", "1234", "12345", "2024"):
            yield sentence + tail


def only_repeats(text):
    """What the policy refuses without a list."""
    return len(set(text)) < 5 or any(text.startswith(text[period:]) for period in range(1, len(text) // 2 + 1))


def entries():
    texts = {plain(text) for source in (LEAKED, made()) for text in source}
    return sorted(text for text in texts if LEAST <= len(text) <= MOST and not only_repeats(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    text = "".join(line + "\n" for line in entries())
    if args.check:
        sys.exit(0 if OUT.read_text(encoding="ascii") == text else f"{OUT.name} is not what this makes")
    OUT.write_text(text, encoding="ascii")
    print(f"{text.count(chr(10))} passwords, {len(text)} bytes")


if __name__ == "__main__":
    main()
