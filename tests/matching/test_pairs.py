"""A wanted track and one candidate: to be accepted or refused, whatever else a search shows."""

# ruff: noqa: E501  (tables)
# fmt: off
from __future__ import annotations

import pytest

from models.match import Candidate
from models.music import Track
from services.matching.choose import score
from services.matching.subject import want
from tests.matching.support import song, upload
from tests.matching.support import track as t

PAIRS: list[tuple[bool, Track, Candidate]] = [
    (True, t("Clair de lune","Claude Debussy","Lang Lang",album="Piano Book",seconds=330), song("Suite bergamasque, L. 75: III. Clair de lune","Lang Lang",album="Piano Book",seconds=330)),
    (True, t("Suite bergamasque, L. 75: III. Clair de lune","Claude Debussy","Lang Lang",album="Piano Book",seconds=330), song("Debussy: Suite bergamasque, L.75 - 3. Clair de lune","Lang Lang",album="Piano Book",seconds=330)),
    (True, t('The Four Seasons - Violin Concerto in E Major, Op. 8 No. 1, RV 269 "Spring": I. Allegro',"Antonio Vivaldi","Itzhak Perlman",album="Vivaldi: The Four Seasons",seconds=210), song('Le quattro stagioni, Op. 8, Violin Concerto No. 1 in E Major, RV 269 "La primavera": I. Allegro',"Itzhak Perlman",album="Vivaldi: The Four Seasons",seconds=210)),
    (False, t('The Four Seasons - Violin Concerto in E Major, Op. 8 No. 1, RV 269 "Spring": I. Allegro',"Antonio Vivaldi","Itzhak Perlman",album="Vivaldi: The Four Seasons",seconds=210), song('The Four Seasons - Violin Concerto in G Minor, Op. 8 No. 2, RV 315 "Summer": I. Allegro',"Itzhak Perlman",album="Vivaldi: The Four Seasons",seconds=210)),
    (True, t("Goldberg Variations, BWV 988: Aria","Johann Sebastian Bach","Glenn Gould",album="Bach: Goldberg Variations (1981)",seconds=185), song("Goldberg Variations, BWV 988: Aria","Glenn Gould",album="Bach: Goldberg Variations",seconds=185)),
    (False, t("Goldberg Variations, BWV 988: Aria","Johann Sebastian Bach","Glenn Gould",album="Bach: Goldberg Variations (1981)",seconds=185), song("Goldberg Variations, BWV 988: Variation 7","Glenn Gould",album="Bach: Goldberg Variations",seconds=185)),
    (False, t("Goldberg Variations, BWV 988: Variation 3","Johann Sebastian Bach","Glenn Gould",album="Bach: Goldberg Variations (1981)",seconds=185), song("Goldberg Variations, BWV 988: Variation 7","Glenn Gould",album="Bach: Goldberg Variations",seconds=185)),
    (True, t('Bagatelle No. 25 in A Minor, WoO 59 "Für Elise"',"Ludwig van Beethoven","Alice Sara Ott",seconds=180), song("Für Elise, WoO 59","Alice Sara Ott",seconds=180)),
    (True, t("Für Elise","Ludwig van Beethoven","Alice Sara Ott",seconds=180), song('Bagatelle in A Minor, WoO 59 "Für Elise"',"Alice Sara Ott",seconds=180)),
    (True, t("Canon in D Major, P. 37","Johann Pachelbel","Jean-François Paillard",seconds=430), song("Canon in D","Jean-Francois Paillard",seconds=430)),
    (True, t('Symphony No. 9 in D Minor, Op. 125 "Choral": IV. Finale',"Ludwig van Beethoven","Berliner Philharmoniker","Herbert von Karajan",seconds=1440), song("Beethoven: Symphony No. 9 in D Minor, Op. 125 - IV. Finale. Presto","Berliner Philharmoniker","Herbert von Karajan",seconds=1441)),
    (True, t("Colours","Grouplove",seconds=204), song("Colors","Grouplove",seconds=204)),
    (True, t("XO Tour Llif3","Lil Uzi Vert",seconds=182), song("XO TOUR Llif3","Lil Uzi Vert",seconds=182)),
    (True, t("XO Tour Llif3","Lil Uzi Vert",seconds=182), song("XO Tour Life","Lil Uzi Vert",seconds=182)),
    (True, t("Rockstar","Post Malone",seconds=182), song("rockstar (feat. 21 Savage)","Post Malone",seconds=182)),
    (True, t("Whatcha Say","Jason Derulo",seconds=182), song("What You Say","Jason Derulo",seconds=182)),
    (True, t("Gimme! Gimme! Gimme! (A Man After Midnight)","ABBA",seconds=290), song("Gimme! Gimme! Gimme!","ABBA",seconds=290)),
    (True, t("P.Y.T. (Pretty Young Thing)","Michael Jackson",seconds=239), song("PYT","Michael Jackson",seconds=239)),
    (True, t("Alright","Supergrass",seconds=181), song("All Right","Supergrass",seconds=181)),
    (True, t("Everybody (Backstreet's Back)","Backstreet Boys",seconds=225), song("Everybody (Backstreet's Back) (Radio Edit)","Backstreet Boys",seconds=226)),
    (True, t("Here Comes The Sun - Remastered 2009","The Beatles",album="Abbey Road (Remastered)",seconds=185), song("Here Comes The Sun (Remastered 2009)","The Beatles",album="Abbey Road (Remastered)",seconds=186)),
    (False, t("Here Comes The Sun - Remastered 2009","The Beatles",album="Abbey Road (Remastered)",seconds=185), song("Here Comes The Sun (Take 9)","The Beatles",album="Abbey Road (Super Deluxe Edition)",seconds=185)),
    (True, t("Bohemian Rhapsody - Remastered 2011","Queen",seconds=354), upload("Queen – Bohemian Rhapsody (Official Video Remastered)","Queen Official",seconds=360,channel_verified=True)),
    (True, t("Sweet Child O' Mine","Guns N' Roses",seconds=356), upload("Guns N' Roses - Sweet Child O' Mine (Official Music Video)","Guns N' Roses",seconds=358,channel_verified=True)),
    (True, t("Africa","TOTO",seconds=295), upload("Toto - Africa (Official HD Video)","TotoVEVO",seconds=296,channel_verified=True)),
    (True, t("좋은 날","아이유",seconds=233,album="Real"), song("Good Day (좋은 날)","IU",seconds=233,album="Real")),
    (True, t("Good Day","IU",seconds=233,album="Real"), song("좋은 날 (Good Day)","아이유",seconds=233,album="Real")),
    (True, t("사건의 지평선","윤하",seconds=300,album="END THEORY : Final Edition"), song("사건의 지평선","YOUNHA",seconds=300,album="END THEORY : Final Edition")),
    (True, t("Event Horizon","YOUNHA",seconds=300,album="END THEORY : Final Edition"), upload("윤하(YOUNHA) - 사건의 지평선 (Event Horizon) MV","YOUNHA OFFICIAL",seconds=302)),
    (True, t("Dynamite","BTS",seconds=199), upload("BTS (방탄소년단) 'Dynamite' Official MV","HYBE LABELS",seconds=200,channel_verified=True)),
    (True, t("How You Like That","BLACKPINK",seconds=181), upload("BLACKPINK - 'How You Like That' M/V","BLACKPINK",seconds=183,channel_verified=True)),
    (True, t("يا طبطب","نانسي عجرم",seconds=230,album="يا طبطب و دلع"), song("Ya Tabtab","Nancy Ajram",seconds=230,album="Ya Tabtab Wa Dallaa")),
    (True, t("Ya Tabtab","Nancy Ajram",seconds=230), upload("نانسي عجرم - يا طبطب (فيديو كليب)","Nancy Ajram",seconds=232,channel_verified=True)),
    (True, t("3 Daqat","Abu","Yousra",seconds=248), upload("Abu ft. Yousra - 3 Daqat | أبو و يسرا - ثلاث دقات","Abu",seconds=250)),
    (False, t("3 Daqat","Abu","Yousra",seconds=248), upload("Abu - 3 Daqat (Cover by Sara) | ثلاث دقات","Sara",seconds=248)),
    (True, t("Λόγια","Γιώργος Μαζωνάκης",seconds=220), song("Logia","Giorgos Mazonakis",seconds=220)),
    (True, t("Jerusalema (feat. Nomcebo Zikode)","Master KG","Nomcebo Zikode",seconds=342), upload("Master KG - Jerusalema [Feat. Nomcebo] (Official Music Video)","Open Mic Productions",seconds=345,channel_verified=True)),
    (False, t("Jerusalema (feat. Nomcebo Zikode)","Master KG","Nomcebo Zikode",seconds=342), upload("Jerusalema dance challenge - Master KG","x",seconds=340)),
    (False, t("Bad Guy","Billie Eilish",seconds=194), upload("bad guy - Billie Eilish (Justin Bieber Remix)","x",seconds=194)),
    (False, t("Yesterday","The Beatles",seconds=125), song("Yesterday (From \"A Hard Day's Night\")","Movie Tunes",seconds=125)),
    (False, t("Numb","Linkin Park",seconds=187), song("Numb / Encore","JAY-Z","Linkin Park",album="Collision Course",seconds=205)),
    (False, t("Time","Pink Floyd",seconds=413), upload("Pink Floyd - Time (Lyrics) [Pulse Concert]","x",seconds=413)),
    (False, t("Dreams","Fleetwood Mac",seconds=257), song("Dreams (2001 Remaster) [Live]","Fleetwood Mac",seconds=257)),
    (False, t("Stay","Rihanna","Mikky Ekko",seconds=240), song("Stay","The Kid LAROI","Justin Bieber",seconds=141)),
    (False, t("Kiss Me","Sixpence None The Richer",seconds=208), song("Kiss Me","Avril Lavigne",seconds=208)),
    (True, t("Runaway","Kanye West","Pusha T",seconds=548,explicit=True), song("Runaway (feat. Pusha T)","Kanye West",seconds=548,explicit=True)),
    (True, t("Livin' On A Prayer","Bon Jovi",seconds=249), song("Livin' On a Prayer","Bon Jovi",seconds=250)),
    (True, t("Livin' On A Prayer","Bon Jovi",seconds=249), song("Living on a Prayer","Bon Jovi",seconds=250)),
    (True, t("La Camisa Negra","Juanes",seconds=216), upload("Juanes - La Camisa Negra","JuanesVEVO",seconds=217)),
    (False, t("La Camisa Negra","Juanes",seconds=216), upload("Juanes - La Camisa Negra (En Vivo)","JuanesVEVO",seconds=217)),
    (False, t("Toxic","Britney Spears",seconds=198), upload("Toxic - Britney Spears | Postmodern Jukebox ft. Melinda","PostmodernJukebox",seconds=200)),
    (False, t("Jolene","Dolly Parton",seconds=161), upload("Jolene Dolly Parton 33rpm slowed","x",seconds=161)),
    (False, t("One Dance","Drake","Wizkid","Kyla",seconds=173), song("One Dance","Drake Tribute Team",seconds=173)),
    (True, t("One Dance","Drake","Wizkid","Kyla",seconds=173), song("One Dance (feat. Wizkid & Kyla)","Drake",seconds=174)),
    (False, t("Interlude","Artist A",album="One",seconds=40), song("Interlude II","Artist A",album="One",seconds=40)),
    (True, t("Interlude","Artist A",album="One",seconds=40), song("Interlude","Artist A",album="One",seconds=40)),
    (False, t("Intro","Artist A",album="One",seconds=40), song("Intro","Artist A",album="Two",seconds=62)),
    (True, t("Demons - Acoustic","Imagine Dragons",seconds=177), song("Demons (Acoustic Version)","Imagine Dragons",seconds=177)),
    (True, t("Demons (Live)","Imagine Dragons",album="Night Visions Live",seconds=177), song("Demons (Live At Red Rocks)","Imagine Dragons",album="Night Visions Live",seconds=177)),
    (True, t("Stan","Eminem","Dido",seconds=404,explicit=True), song("Stan (feat. Dido)","Eminem",seconds=404,explicit=True,album="Curtain Call")),
    (True, t("Despacito - Remix","Luis Fonsi","Daddy Yankee","Justin Bieber",seconds=228), song("Despacito (Remix) (feat. Justin Bieber)","Luis Fonsi","Daddy Yankee",seconds=229)),
    (False, t("Despacito - Remix","Luis Fonsi","Daddy Yankee","Justin Bieber",seconds=228), song("Despacito (feat. Daddy Yankee)","Luis Fonsi",seconds=228)),
    (False, t("Despacito","Luis Fonsi","Daddy Yankee",seconds=228), song("Despacito (Remix) (feat. Justin Bieber)","Luis Fonsi","Daddy Yankee",seconds=229)),
    (True, t("7 Years","Lukas Graham",seconds=237), song("Seven Years","Lukas Graham",seconds=237)),
    (True, t("Track 03","Some Band",seconds=237,album="X"), song("Track 3","Some Band",seconds=237,album="X")),
    (True, t("MONTERO (Call Me By Your Name)","Lil Nas X",seconds=137,explicit=True), song("MONTERO (Call Me By Your Name)","Lil Nas X",seconds=138,explicit=True)),
    (True, t("MONTERO (Call Me By Your Name)","Lil Nas X",seconds=137,explicit=True), upload("Lil Nas X - MONTERO (Call Me By Your Name) (Official Video)","LilNasXVEVO",seconds=139)),
    (True, t("Ça plane pour moi","Plastic Bertrand",seconds=180), song("Ca Plane Pour Moi","Plastic Bertrand",seconds=180)),
    (True, t("Ojitos Lindos","Bad Bunny","Bomba Estéreo",seconds=258,explicit=False), song("Ojitos Lindos","Bad Bunny","Bomba Estéreo",seconds=259)),
    (True, t("Ojitos Lindos","Bad Bunny","Bomba Estéreo",seconds=258), song("Ojitos Lindos (feat. Bomba Estereo)","Bad Bunny",seconds=259)),
    (False, t("The Scientist","Coldplay",seconds=309), song("The Scientist","Glee Cast",seconds=309)),
    (True, t("Für immer ab jetzt","Johannes Oerding",seconds=200), song("Fuer immer ab jetzt","Johannes Oerding",seconds=200)),
    (True, t("Smörgåsbord","Åsa Öst",seconds=200), song("Smorgasbord","Asa Ost",seconds=200)),
    (True, t("Thnks fr th Mmrs","Fall Out Boy",seconds=203), song("Thanks for the Memories","Fall Out Boy",seconds=203)),
    (True, t("Piano Sonata No. 14 in C-Sharp Minor, Op. 27 No. 2: I. Adagio","Ludwig van Beethoven","Lang Lang",seconds=360), song('Piano Sonata No. 14 in C# minor, Op. 27/2 "Moonlight": I. Adagio sostenuto',"Lang Lang",seconds=360)),
    (True, t("Nocturne in B-Flat Minor, Op. 9 No. 1","Frédéric Chopin","Lang Lang",seconds=360), song("Nocturne Op. 9 No. 1 in Bb minor","Lang Lang",seconds=360)),
    (True, t("Could You Be Loved","Bob Marley & The Wailers",seconds=236), song("Could You Be Loved","Bob Marley",seconds=236,album="Legend")),
    (True, t("Purple Rain","Prince",seconds=520), song("Purple Rain","Prince & The Revolution",seconds=521,album="x")),
    (False, t("Sunrise","The Band CAMINO",album="Sunrise",seconds=188), song("Sunrise","The Band",seconds=188,album="x")),
    (True, t("Dynamite","BTS",seconds=199), song("Dynamite","방탄소년단",seconds=199,album="Dynamite")),
]
# fmt: on


@pytest.mark.parametrize(
    ("accepted", "wanted", "candidate"), PAIRS, ids=[f"{wanted.name} - {found.title}" for _, wanted, found in PAIRS]
)
def test_pair(accepted: bool, wanted: Track, candidate: Candidate) -> None:
    scored = score(want(wanted), candidate)
    assert (scored.veto is None) is accepted, [(signal.name, signal.points, signal.reason) for signal in scored.signals]
