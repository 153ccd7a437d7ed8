"""Cases written one by one, each for a reason: (name, category, track, right, neutral, wrong)."""

# ruff: noqa: E501, B006  (tables of cases)
# fmt: off
from __future__ import annotations

from typing import Any

from tests.matching.parts import Made, official, song, topic, track, tube, ugc

Case = tuple[str, str, dict[str, Any], list[Made], list[Made], list[Made]]
HANDMADE: list[Case] = []


def add(name: str, category: str, wanted: dict[str, Any], *, right: list[Made] = [], ok: list[Made] = [], wrong: list[Made] = []) -> None:
    HANDMADE.append((name, category, wanted, right, ok, wrong))


# -- scripts: the same song written otherwise ----------------------------------------------------------------------

add("ru-translit", "script", track("Кукушка", ["Полина Гагарина"], "Битва за Севастополь", 213),
    right=[song("Kukushka", ["Polina Gagarina"], "Bitva za Sevastopol", 213)],
    wrong=[song("Кукушка", ["Кино"], "Чёрный альбом", 398), song("Колыбельная", ["Полина Гагарина"], "Битва за Севастополь", 214),
           ugc("Полина Гагарина - Кукушка (караоке)", "Karaoke RU", 213), ugc("Кукушка - Полина Гагарина (кавер)", "Света Н", 214)])
add("ru-back", "script", track("Gruppa krovi", ["Kino"], "Gruppa krovi", 285),
    right=[song("Группа крови", ["Кино"], "Группа крови", 285)],
    wrong=[song("Звезда по имени Солнце", ["Кино"], "Звезда по имени Солнце", 225), song("Группа крови (Live)", ["Кино"], "Концерт", 286),
           ugc("Кино - Группа крови (концерт в Лужниках)", "архив", 290), song("Gruppa krovi", ["Tribute Band"], "Tribute to Kino", 285)])
add("el-translit", "script", track("Δε Θέλω Να Ξέρεις", ["Νατάσσα Μποφίλιου"], "Εκατό Μικρές Ανάσες", 241),
    right=[song("De Thelo Na Xereis", ["Natassa Bofiliou"], "Ekato Mikres Anases", 241)],
    wrong=[song("De Thelo Na Xereis (Live)", ["Natassa Bofiliou"], "Live", 260), song("En Lefko", ["Natassa Bofiliou"], "Ekato Mikres Anases", 242),
           song("Μια Φορά", ["Νατάσσα Μποφίλιου"], "Εκατό Μικρές Ανάσες", 240), ugc("Νατάσσα Μποφίλιου - Δε θέλω να ξέρεις (karaoke)", "KaraokeGR", 241)])
add("ka-artist", "script", track("Vin Aris", ["Mgzavrebi"], "Mgzavrebi", 198),
    right=[topic("ვინ არის", "მგზავრები", 198)],
    wrong=[topic("Mtvareo", "Mgzavrebi", 198), topic("Vin Aris", "Bera", 201), tube("Mgzavrebi - Vin Aris (live at Tbilisi)", "fan", 220),
           tube("Mgzavrebi - Vin Aris (cover)", "Nino", 197)])
add("ko-romaji", "script", track("밤편지", ["아이유"], "Palette", 253),
    right=[song("밤편지", ["IU"], "Palette", 253)],
    wrong=[song("밤편지 (Inst.)", ["IU"], "Palette", 253), song("이름에게", ["IU"], "Palette", 254), ugc("아이유 밤편지 커버", "노래하는 지민", 253),
           song("밤편지", ["Smyang Piano"], "Piano Covers", 252), song("Palette (feat. G-DRAGON)", ["IU"], "Palette", 217)])
add("ko-topic-native", "script", track("Spring Day", ["BTS"], "YOU NEVER WALK ALONE", 274),
    right=[topic("봄날 (Spring Day)", "방탄소년단", 274)],
    wrong=[topic("Not Today", "방탄소년단", 232), tube("BTS - Spring Day (Piano Version)", "DooPiano", 275), topic("Spring Day", "J.Fla", 210),
           tube("[MPD직캠] 방탄소년단 봄날 Spring Day @MCOUNTDOWN", "M2", 275)])
add("ko-bilingual", "script", track("사랑을 했다 (LOVE SCENARIO)", ["iKON"], "Return", 209),
    right=[song("LOVE SCENARIO", ["iKON"], "Return", 209)],
    wrong=[song("LOVE SCENARIO (Live)", ["iKON"], "iKON Japan Tour", 215), song("LOVE SCENARIO (Japanese ver.)", ["iKON"], "Return [JP]", 209),
           song("BEAUTIFUL", ["iKON"], "Return", 209), ugc("iKON - Love Scenario (8D)", "8D", 210)])
add("ko-spotify-korean-yt-roman", "script", track("뱅뱅뱅", ["BIGBANG"], "MADE", 220),
    right=[song("BANG BANG BANG", ["BIGBANG"], "MADE", 220)],
    wrong=[song("BANG BANG BANG (Japanese Ver.)", ["BIGBANG"], "MADE SERIES", 220), song("FANTASTIC BABY", ["BIGBANG"], "ALIVE", 232),
           song("LOSER", ["BIGBANG"], "MADE", 219), song("Bang Bang", ["Jessie J"], "Sweet Talker", 199)])
add("ja-kana", "script", track("ただ君に晴れ", ["ヨルシカ"], "負け犬にアンコールはいらない", 198),
    right=[song("ただ君に晴れ", ["Yorushika"], "負け犬にアンコールはいらない", 198)],
    wrong=[song("言って。", ["Yorushika"], "夏草が邪魔をする", 241), ugc("ただ君に晴れ / ヨルシカ 歌ってみた", "うたい手", 198),
           ugc("ただ君に晴れ - ヨルシカ (オルゴール)", "R3", 200), song("ただ君に晴れ (Piano Ver.)", ["Tokyo Piano"], "Anime Piano", 199)])
add("ja-romaji-title", "script", track("アイドル", ["YOASOBI"], "アイドル", 213),
    right=[song("Idol", ["YOASOBI"], "Idol", 213)],
    wrong=[song("Idol (English Ver.)", ["YOASOBI"], "E-SIDE 3", 213), song("群青", ["YOASOBI"], "THE BOOK", 248), ugc("アイドル 歌ってみた", "Ado fan", 213),
           song("アイドル", ["Animezing"], "Anime Covers", 213), ugc("【カラオケ】アイドル/YOASOBI", "カラオケch", 214)])
add("ja-slash", "script", track("Gurenge / 紅蓮華", ["LiSA"], "LEO-NiNE", 236),
    right=[song("紅蓮華", ["LiSA"], "LEO-NiNE", 236)],
    wrong=[song("ADAMAS", ["LiSA"], "LEO-NiNE", 236), song("紅蓮華", ["Smyang Piano"], "Anime", 235), ugc("LiSA 紅蓮華 Gurenge (Drum Cover)", "drums", 236),
           song("紅蓮華 - From THE FIRST TAKE", ["LiSA"], "THE FIRST TAKE", 244)])
add("ja-name-order", "script", track("First Love", ["宇多田ヒカル"], "First Love", 258),
    right=[song("First Love", ["Hikaru Utada"], "First Love", 258)],
    wrong=[song("First Love (Luv Live)", ["Hikaru Utada"], "Luv Live", 262), song("Automatic", ["Hikaru Utada"], "First Love", 257),
           song("First Love", ["Nikka Costa"], "Nikka Costa", 237), song("First Love", ["MYSMAY"], "Covers", 259)])
add("ja-kanji-artist", "script", track("Lemon", ["米津玄師"], "STRAY SHEEP", 256),
    right=[song("Lemon", ["Kenshi Yonezu"], "STRAY SHEEP", 256)],
    wrong=[song("Lemon", ["U-Turn"], "Fruits", 199), song("Lemon", ["N.E.R.D"], "NO_ONE EVER REALLY DIES", 219), song("感電", ["Kenshi Yonezu"], "STRAY SHEEP", 256),
           ugc("Lemon - 米津玄師 (Piano)", "pianist", 255), song("Lemon", ["Goose house"], "Covers", 256)])
add("ja-brackets", "script", track("ブルーバード", ["いきものがかり"], "ブルーバード", 217),
    right=[official("いきものがかり 『ブルーバード』Music Video", ["いきものがかり"], 218)],
    wrong=[ugc("【歌ってみた】ブルーバード / いきものがかり", "歌い手A", 217), ugc("いきものがかり ブルーバード 弾いてみた", "ギター", 217),
           official("いきものがかり 『ブルーバード』(TVサイズ)", ["いきものがかり"], 90), official("いきものがかり 『YELL』Music Video", ["いきものがかり"], 218)])
add("zh-variants", "script", track("稻香", ["周杰倫"], "魔杰座", 223),
    right=[song("稻香", ["周杰伦"], "魔杰座", 223)],
    wrong=[song("說好的幸福呢", ["周杰倫"], "魔杰座", 256), song("稻香 (Live)", ["周杰倫"], "演唱會", 230), ugc("稻香 翻唱 周杰倫", "小美", 222), ugc("周杰倫 稻香 伴奏", "KTV", 223)])
add("zh-pinyin", "script", track("Qing Tian", ["Jay Chou"], "Ye Hui Mei", 269),
    right=[song("晴天", ["周杰倫"], "葉惠美", 269)],
    wrong=[song("三年二班", ["周杰倫"], "葉惠美", 280), song("晴天 (現場)", ["周杰倫"], "演唱會", 275), song("Qing Tian", ["Piano Man"], "Mandopop Piano", 268),
           ugc("晴天 吉他教學", "吉他", 600)])
add("ar-translit", "script", track("تملي معاك", ["عمرو دياب"], "تملي معاك", 268),
    right=[song("Tamally Maak", ["Amr Diab"], "Tamally Maak", 268)],
    wrong=[song("Nour El Ein", ["Amr Diab"], "Nour El Ein", 268), song("Tamally Maak (Remix)", ["Amr Diab"], "Remixes", 268), ugc("عمرو دياب - تملي معاك حفلة", "fan", 300),
           song("Tamally Maak", ["Arabic Karaoke Band"], "Karaoke", 268)])
add("ar-artist-only", "script", track("3 Daqat", ["Abu", "Yousra"], "3 Daqat", 248),
    right=[topic("3 دقات", "أبو", 248)],
    wrong=[topic("3 Daqat", "Cover Star", 247), topic("Mafish", "Abu", 248), tube("Abu - 3 Daqat ft Yousra (Karaoke)", "kar", 248), tube("3 daqat 1 hour loop", "loops", 3600)])
add("he-title", "script", track("Toy", ["נטע ברזילי"], "Toy", 178),
    right=[song("Toy", ["Netta Barzilai"], "Toy", 178)],
    wrong=[song("Toy (Karaoke)", ["Sunfly"], "Karaoke", 178), song("Bassa Sababa", ["Netta Barzilai"], "Goody Bag", 178), song("Toy", ["BFF Cover"], "Eurovision Covers", 177),
           song("Toy (Riddler Remix)", ["Netta Barzilai"], "Toy Remixes", 190)])
add("he-translit", "script", track("שיר לשלום", ["שרית חדד"], "שרית", 240),
    right=[song("Shir Leshalom", ["Sarit Hadad"], "Sarit", 240)],
    wrong=[song("Ahava Kmo Shelanu", ["Sarit Hadad"], "Sarit", 241), song("שיר לשלום", ["מירי אלוני"], "קלאסיקות", 215), ugc("שרית חדד שיר לשלום קריוקי", "kar", 240),
           song("Shir Leshalom (Live)", ["Sarit Hadad"], "Live", 243)])
add("hi-translit", "script", track("तुम ही हो", ["Arijit Singh"], "Aashiqui 2", 262),
    right=[song("Tum Hi Ho", ["Arijit Singh"], "Aashiqui 2", 262)],
    wrong=[song("Tum Hi Ho (Remix)", ["Arijit Singh"], "Aashiqui 2", 262), song("Chahun Main Ya Naa", ["Arijit Singh"], "Aashiqui 2", 263),
           song("Tum Hi Ho", ["Shraddha Cover"], "Covers", 262), ugc("Tum Hi Ho - Arijit Singh (Unplugged)", "Rahul", 255)])
add("th-bracket", "script", track("คิดถึง", ["Bodyslam"], "Dharmajāti", 280),
    right=[topic("คิดถึง (Kid Tueng)", "Bodyslam", 280)],
    wrong=[topic("แสงสุดท้าย", "Bodyslam", 280), tube("Bodyslam - คิดถึง (Cover)", "Nan", 281), tube("คิดถึง Bodyslam คาราโอเกะ", "kar", 280), topic("คิดถึง (Live)", "Bodyslam", 300)])
add("vi-diacritic", "script", track("Chúng Ta Của Hiện Tại", ["Sơn Tùng M-TP"], "Chúng Ta Của Hiện Tại", 301),
    right=[song("Chung Ta Cua Hien Tai", ["Son Tung M-TP"], "Chung Ta Cua Hien Tai", 301)],
    wrong=[song("Chúng Ta Của Tương Lai", ["Sơn Tùng M-TP"], "Chúng Ta Của Tương Lai", 300), song("Chúng Ta Của Hiện Tại (Lofi)", ["Orinn"], "Lofi", 301),
           ugc("Chúng Ta Của Hiện Tại - Sơn Tùng M-TP (Karaoke Beat)", "kar", 301), ugc("Chúng Ta Của Hiện Tại Cover", "Linh", 299)])
add("han-removed", "script", track("紅蓮の弓矢", ["Linked Horizon"], "自由への進撃", 311),
    wrong=[song("Guren no Yumiya", ["Anime Allstars"], "Anime Covers", 311), song("Jiyuu no Tsubasa", ["Linked Horizon"], "自由への進撃", 322),
           song("The Reluctant Heroes", ["Linked Horizon"], "Attack on Titan", 312), ugc("紅蓮の弓矢 歌ってみた", "x", 311), song("Crimson Sky", ["Linked Horizon"], "自由への進撃", 300)])
add("en-version-of-ja", "script", track("怪物", ["YOASOBI"], "THE BOOK 2", 206),
    wrong=[topic("Monster", "YOASOBI", 206), topic("Into The Night", "YOASOBI", 206), tube("怪物 / YOASOBI 歌ってみた", "Ado", 206), topic("怪物", "Raon", 206)])

# -- classical: work, key, number, movement, performer -------------------------------------------------------------

add("cl-order", "classical", track("Symphony No. 5 in C Minor, Op. 67: I. Allegro con brio", ["Ludwig van Beethoven", "Carlos Kleiber", "Wiener Philharmoniker"], "Beethoven: Symphonies Nos. 5 & 7", 443),
    right=[song("Beethoven: Symphony No. 5 in C Minor, Op. 67 - I. Allegro con brio", ["Wiener Philharmoniker", "Carlos Kleiber"], "Beethoven: Symphonies Nos. 5 & 7", 443)],
    wrong=[song("Symphony No. 5 in C Minor, Op. 67: I. Allegro con brio", ["Berliner Philharmoniker", "Herbert von Karajan"], "Beethoven: 9 Symphonies", 442),
           song("Beethoven: Symphony No. 5 in C Minor, Op. 67 - II. Andante con moto", ["Wiener Philharmoniker", "Carlos Kleiber"], "Beethoven: Symphonies Nos. 5 & 7", 600),
           song("Beethoven: Symphony No. 7 in A Major, Op. 92 - I. Poco sostenuto", ["Wiener Philharmoniker", "Carlos Kleiber"], "Beethoven: Symphonies Nos. 5 & 7", 815),
           ugc("Beethoven - Symphony No. 5 (full)", "classical", 2000)])
add("cl-bwv", "classical", track("Cello Suite No. 1 in G Major, BWV 1007: I. Prélude", ["Johann Sebastian Bach", "Yo-Yo Ma"], "Six Evolutions", 150),
    right=[song("Unaccompanied Cello Suite No. 1 in G Major, BWV 1007: I. Prélude", ["Yo-Yo Ma"], "Six Evolutions", 151)],
    wrong=[song("Cello Suite No. 1 in G Major, BWV 1007: I. Prélude", ["Pablo Casals"], "Bach Suites", 150), song("Unaccompanied Cello Suite No. 2 in D Minor, BWV 1008: I. Prélude", ["Yo-Yo Ma"], "Six Evolutions", 215),
           song("Unaccompanied Cello Suite No. 1 in G Major, BWV 1007: VI. Gigue", ["Yo-Yo Ma"], "Six Evolutions", 104), song("Cello Suite No. 1 in G Major, BWV 1007: I. Prélude", ["Mischa Maisky"], "Bach", 148)])
add("cl-same-length", "classical", track("Gymnopédie No. 1", ["Erik Satie", "Pascal Rogé"], "Satie: Piano Works", 183),
    right=[song("Satie: 3 Gymnopédies: No. 1, Lent et douloureux", ["Pascal Rogé"], "Satie: Piano Works", 183)],
    wrong=[song("Gymnopédie No. 1", ["Anne Queffélec"], "Satie", 184), song("Satie: 3 Gymnopédies: No. 2, Lent et triste", ["Pascal Rogé"], "Satie: Piano Works", 171),
           song("Satie: 3 Gymnopédies: No. 3, Lent et grave", ["Pascal Rogé"], "Satie: Piano Works", 150), song("Gymnopédie No. 1", ["Relaxing Piano"], "Sleep", 183)])
add("cl-composer-field", "classical", track("Clair de Lune, L. 32", ["Claude Debussy", "Martin Jones"], "Debussy: Complete Piano", 300),
    right=[song("Clair de Lune, L. 32", ["Claude Debussy", "Martin Jones"], "Debussy: Complete Piano", 300)],
    wrong=[song("Clair de Lune, L. 32", ["Claude Debussy", "Lang Lang"], "Piano Book", 301), song("Clair de Lune", ["Flight Facilities"], "Clair de Lune", 459),
           song("Arabesque No. 1", ["Claude Debussy", "Martin Jones"], "Debussy: Complete Piano", 301), ugc("Debussy - Clair de Lune (1 hour)", "x", 3600)])
add("cl-key", "classical", track('Waltz in D-Flat Major, Op. 64 No. 1 "Minute"', ["Frédéric Chopin", "Vladimir Ashkenazy"], "Chopin: Waltzes", 108),
    right=[song('Waltz No. 6 in D-Flat Major, Op. 64 No. 1 "Minute Waltz"', ["Vladimir Ashkenazy"], "Chopin: Waltzes", 108)],
    wrong=[song("Waltz No. 7 in C-Sharp Minor, Op. 64 No. 2", ["Vladimir Ashkenazy"], "Chopin: Waltzes", 212), song('Waltz in D-Flat Major, Op. 64 No. 1 "Minute"', ["Alice Sara Ott"], "Chopin: Waltzes", 108),
           song("Waltz No. 9 in A-Flat Major, Op. 69 No. 1", ["Vladimir Ashkenazy"], "Chopin: Waltzes", 220), song("Waltz No. 3 in A Minor, Op. 34 No. 2", ["Vladimir Ashkenazy"], "Chopin: Waltzes", 300)])
add("cl-opera", "classical", track("Turandot, Act III: Nessun dorma!", ["Giacomo Puccini", "Luciano Pavarotti"], "Puccini: Turandot", 184),
    right=[song("Turandot / Act 3: Nessun dorma!", ["Luciano Pavarotti"], "Puccini: Turandot", 184)],
    wrong=[song("Turandot / Act 1: Non piangere, Liù", ["Luciano Pavarotti"], "Puccini: Turandot", 141), song("Turandot / Act 3: Nessun dorma!", ["Andrea Bocelli"], "Aria", 183),
           song("Nessun dorma (Live)", ["Luciano Pavarotti"], "The Three Tenors", 210), song("Tosca / Act 3: E lucevan le stelle", ["Luciano Pavarotti"], "Tosca", 184)])
add("cl-removed", "classical", track("Piano Concerto No. 21 in C Major, K. 467: II. Andante", ["Wolfgang Amadeus Mozart", "Mitsuko Uchida"], "Mozart: Piano Concertos", 420),
    wrong=[song("Piano Concerto No. 21 in C Major, K. 467: II. Andante", ["Daniel Barenboim"], "Mozart", 421), song("Piano Concerto No. 21 in C Major, K. 467: I. Allegro", ["Mitsuko Uchida"], "Mozart: Piano Concertos", 860),
           song("Piano Concerto No. 20 in D Minor, K. 466: II. Romanze", ["Mitsuko Uchida"], "Mozart: Piano Concertos", 560), song("Piano Concerto No. 21 in C Major, K. 467: III. Allegro vivace", ["Mitsuko Uchida"], "Mozart: Piano Concertos", 420)])

# -- wanted versions -----------------------------------------------------------------------------------------------

add("want-live-venue", "wanted", track("Fix You - Live in Buenos Aires", ["Coldplay"], "Live in Buenos Aires", 323),
    right=[song("Fix You (Live in Buenos Aires)", ["Coldplay"], "Live in Buenos Aires", 323)],
    wrong=[song("Fix You", ["Coldplay"], "X&Y", 295), song("Fix You (Live)", ["Coldplay"], "Live 2012", 307), song("Fix You (Live at Glastonbury)", ["Coldplay"], "Glasto", 323), song("Yellow (Live in Buenos Aires)", ["Coldplay"], "Live in Buenos Aires", 322)])
add("want-live-album-only", "wanted", track("Wonderwall", ["Oasis"], "Familiar to Millions (Live at Wembley)", 252),
    right=[song("Wonderwall (Live)", ["Oasis"], "Familiar to Millions", 252)],
    wrong=[song("Wonderwall", ["Oasis"], "(What's the Story) Morning Glory?", 258), song("Wonderwall (Live)", ["Liam Gallagher"], "MTV Unplugged", 252), song("Supersonic (Live)", ["Oasis"], "Familiar to Millions", 252), ugc("Oasis Wonderwall guitar lesson", "lesson", 252)])
add("want-live-not-there", "wanted", track("Creep - Live", ["Radiohead"], "My Iron Lung", 245),
    wrong=[song("Creep", ["Radiohead"], "Pablo Honey", 239), song("Creep (Acoustic)", ["Radiohead"], "Pablo Honey", 259), song("Creep (Live)", ["Postmodern Jukebox"], "PMJ", 245), ugc("Radiohead - Creep (karaoke)", "kar", 240)])
add("want-remix-name", "wanted", track("Shape of You - Stormzy Remix", ["Ed Sheeran", "Stormzy"], "Shape of You (Stormzy Remix)", 221),
    right=[song("Shape of You (Stormzy Remix)", ["Ed Sheeran", "Stormzy"], "Shape of You", 221)],
    wrong=[song("Shape of You (Galantis Remix)", ["Ed Sheeran"], "Shape of You", 221), song("Shape of You", ["Ed Sheeran"], "÷ (Deluxe)", 234), song("Shape of You (Latin Remix)", ["Ed Sheeran", "Zion & Lennox"], "Shape of You", 221), song("Shape of You (Acoustic)", ["Ed Sheeran"], "Shape of You", 223)])
add("want-remix-parens", "wanted", track("Hideaway (Avicii Remix)", ["Kiesza", "Avicii"], "Hideaway", 300),
    right=[tube("Kiesza - Hideaway (Avicii Remix)", "Kiesza", 300, verified=True)],
    wrong=[tube("Kiesza - Hideaway (Official Video)", "Kiesza", 275, verified=True), topic("Hideaway (Zac Samuel Remix)", "Kiesza", 300), topic("Hideaway", "Kiesza", 252), tube("Kiesza - Hideaway (Avicii Remix) [Slowed]", "slow", 340)])
add("want-remix-only-original", "wanted", track("Lean On - Moska Remix", ["Major Lazer", "DJ Snake", "MØ"], "Lean On (Remixes)", 177),
    wrong=[song("Lean On", ["Major Lazer", "DJ Snake"], "Peace Is the Mission", 177), song("Lean On (Tiësto & MOTi Remix)", ["Major Lazer"], "Lean On (Remixes)", 177), song("Lean On (Moska Remix) [Sped Up]", ["Major Lazer"], "Lean On", 150), ugc("Lean On cover", "x", 177)])
add("want-acoustic", "wanted", track("Everlong - Acoustic Version", ["Foo Fighters"], "Greatest Hits", 253),
    right=[song("Everlong (Acoustic Version)", ["Foo Fighters"], "Greatest Hits", 253)],
    wrong=[song("Everlong", ["Foo Fighters"], "The Colour and the Shape", 250), song("Everlong (Live)", ["Foo Fighters"], "Skin and Bones", 253), song("Everlong (Acoustic)", ["Boyce Avenue"], "Covers", 253), song("Walking After You", ["Foo Fighters"], "Greatest Hits", 253)])
add("want-instrumental", "wanted", track("Nikes (Instrumental)", ["Frank Ocean"], "Blonde Instrumentals", 314),
    right=[tube("Frank Ocean - Nikes (Instrumental)", "Instrumentals HQ", 314)],
    wrong=[topic("Nikes", "Frank Ocean", 314), tube("Frank Ocean - Nikes (Karaoke)", "kar", 314), tube("Frank Ocean - Nikes (Lyrics)", "lyr", 314), topic("Ivy", "Frank Ocean", 249)])
add("want-sped", "wanted", track("Sure Thing - Sped Up", ["Miguel"], "Sure Thing (Sped Up)", 163),
    right=[song("Sure Thing (Sped Up)", ["Miguel"], "Sure Thing (Sped Up)", 163)],
    wrong=[song("Sure Thing", ["Miguel"], "All I Want Is You", 195), song("Sure Thing (Slowed)", ["Miguel"], "Sure Thing (Slowed)", 230), song("Sure Thing (Sped Up)", ["Speed Radio"], "Sped Up Hits", 163), song("Sure Thing (Live)", ["Miguel"], "Live", 200)])
add("want-slowed", "wanted", track("Metamorphosis - Slowed", ["INTERWORLD"], "METAMORPHOSIS (Slowed)", 166),
    right=[song("METAMORPHOSIS (Slowed)", ["INTERWORLD"], "METAMORPHOSIS (Slowed)", 166)],
    wrong=[song("METAMORPHOSIS", ["INTERWORLD"], "METAMORPHOSIS", 143), song("METAMORPHOSIS (Sped Up)", ["INTERWORLD"], "METAMORPHOSIS", 120), song("METAMORPHOSIS 2", ["INTERWORLD"], "METAMORPHOSIS 2", 166), ugc("INTERWORLD - METAMORPHOSIS 1 hour", "x", 3600)])
add("want-demo", "wanted", track("Riptide - Demo", ["Night Harbour"], "Riptide (Anniversary)", 201),
    right=[song("Riptide (Demo)", ["Night Harbour"], "Riptide (Anniversary)", 201)],
    wrong=[song("Riptide", ["Night Harbour"], "Riptide", 204), song("Riptide (Live)", ["Night Harbour"], "Riptide (Anniversary)", 201), song("Riptide (Demo)", ["Vance Joy"], "Demos", 201), song("Undertow (Demo)", ["Night Harbour"], "Riptide (Anniversary)", 201)])
add("want-radio-edit", "wanted", track("One More Time - Radio Edit", ["Daft Punk"], "One More Time", 235),
    right=[song("One More Time (Radio Edit)", ["Daft Punk"], "Musique Vol. 1", 235)],
    wrong=[song("One More Time", ["Daft Punk"], "Discovery", 320), song("One More Time (Romanthony's Unplugged)", ["Daft Punk"], "Daft Club", 217), song("One More Time (Club Mix)", ["Daft Punk"], "One More Time", 480), song("One More Time", ["Joe Jackson"], "Look Sharp!", 198)])
add("edit-is-the-song", "wanted", track("Sandstorm - Radio Edit", ["Darude"], "Before the Storm", 224),
    right=[song("Sandstorm", ["Darude"], "Before the Storm", 225)],
    wrong=[song("Sandstorm (Extended)", ["Darude"], "Sandstorm", 443), song("Sandstorm", ["Cast"], "Mother Nature Calls", 250), song("Sandstorm (JS16 Remix)", ["Darude"], "Sandstorm", 430), ugc("Darude Sandstorm 10 hours", "x", 36000)])
add("want-extended", "wanted", track("Blue Monday - Extended", ["New Order"], "Substance", 449),
    right=[song('Blue Monday (12" Mix)', ["New Order"], "Substance", 449)],
    wrong=[song('Blue Monday (7" Edit)', ["New Order"], "Singles", 245), song("Blue Monday", ["Orgy"], "Candyass", 271), song("Blue Monday (Live)", ["New Order"], "BBC", 449), song("Blue Monday '88", ["New Order"], "Best Of", 249)])
add("want-mono", "wanted", track("Paperback Writer - Mono", ["The Beatles"], "Mono Masters", 138),
    right=[song("Paperback Writer (Mono)", ["The Beatles"], "Mono Masters", 138)],
    wrong=[song("Paperback Writer (Live)", ["The Beatles"], "Budokan", 138), song("Paperback Writer", ["Tribute Beat"], "Tribute to The Beatles", 138), song("Rain (Mono)", ["The Beatles"], "Mono Masters", 181), song("Paperback Writer (Karaoke)", ["Ameritz"], "Karaoke", 138)])
add("want-remaster", "wanted", track("Heroes - 2017 Remaster", ["David Bowie"], "Heroes (2017 Remaster)", 371),
    right=[song('"Heroes" (2017 Remaster)', ["David Bowie"], '"Heroes"', 371)],
    wrong=[song('"Heroes" (Single Version) [2014 Remaster]', ["David Bowie"], "Legacy", 214), song("Heroes (Live)", ["David Bowie"], "Stage", 371), song("Heroes", ["Peter Gabriel"], "Scratch My Back", 250), song("Helden (2017 Remaster)", ["David Bowie"], "Heroes", 220)])
add("remaster-plain", "wanted", track("Take the Long Way Home - Remastered 2010", ["Supertramp"], "Breakfast in America (Remastered)", 308),
    right=[song("Take the Long Way Home", ["Supertramp"], "Breakfast in America", 309)],
    wrong=[song("Take the Long Way Home (Live)", ["Supertramp"], "Paris", 309), song("Goodbye Stranger", ["Supertramp"], "Breakfast in America", 308), song("Take the Long Way Home", ["Roger Hodgson"], "Classics Live", 308), ugc("Supertramp - Take the Long Way Home (cover)", "x", 308)])
add("want-tv", "wanted", track("Fearless (Taylor's Version)", ["Taylor Swift"], "Fearless (Taylor's Version)", 241),
    right=[song("Fearless (Taylor’s Version)", ["Taylor Swift"], "Fearless (Taylor’s Version)", 241)],
    wrong=[song("Fearless", ["Taylor Swift"], "Fearless", 241), song("Fearless (Taylor's Version) [Karaoke]", ["Sing King"], "Karaoke", 241), song("Fearless (Live)", ["Taylor Swift"], "Speak Now World Tour", 260), song("Fifteen (Taylor's Version)", ["Taylor Swift"], "Fearless (Taylor's Version)", 241)])
add("want-spanish", "wanted", track("Waka Waka (Esto Es Africa) - Versión en Español", ["Shakira"], "Waka Waka", 203),
    right=[song("Waka Waka (Esto es África)", ["Shakira"], "Sale el Sol", 203)],
    wrong=[song("Waka Waka (This Time for Africa)", ["Shakira"], "Waka Waka", 203), song("Waka Waka (Karaoke)", ["Sunfly"], "Karaoke", 203), song("Loca", ["Shakira"], "Sale el Sol", 203), song("Waka Waka (K-Mix)", ["Shakira"], "Waka Waka", 203)])
add("other-language", "wanted", track("Dernière danse", ["Indila"], "Mini World", 213),
    right=[song("Dernière danse", ["Indila"], "Mini World", 213)],
    wrong=[song("Last Dance (English Version)", ["Indila"], "Mini World", 213), song("Dernière danse (English Version)", ["Sara'h"], "Covers", 213), song("Dernière danse (Remix)", ["Indila"], "Remix", 213), song("S.O.S", ["Indila"], "Mini World", 214)])
add("want-reprise", "wanted", track("Sgt. Pepper's Lonely Hearts Club Band (Reprise)", ["The Beatles"], "Sgt. Pepper's Lonely Hearts Club Band", 79),
    right=[song("Sgt. Pepper's Lonely Hearts Club Band (Reprise / Remastered 2009)", ["The Beatles"], "Sgt. Pepper's Lonely Hearts Club Band (Remastered)", 79)],
    wrong=[song("Sgt. Pepper's Lonely Hearts Club Band (Remastered 2009)", ["The Beatles"], "Sgt. Pepper's Lonely Hearts Club Band (Remastered)", 122), song("Sgt. Pepper's Lonely Hearts Club Band (Reprise)", ["Cheap Trick"], "Live", 80), song("A Day in the Life", ["The Beatles"], "Sgt. Pepper's", 337), song("Sgt. Pepper's Lonely Hearts Club Band (Take 9)", ["The Beatles"], "Sgt. Pepper's (Deluxe)", 79)])
add("want-cover", "wanted", track("Hallelujah", ["Jeff Buckley"], "Grace", 413),
    right=[song("Hallelujah", ["Jeff Buckley"], "Grace", 414)],
    wrong=[song("Hallelujah", ["Leonard Cohen"], "Various Positions", 279), song("Hallelujah", ["Rufus Wainwright"], "Shrek", 250), song("Hallelujah (Live)", ["Jeff Buckley"], "Live at Sin-é", 413), ugc("Hallelujah - Jeff Buckley (cover)", "girl", 413)])
add("want-karaoke", "wanted", track("Wonderwall (Karaoke Version)", ["Sing King Karaoke"], "Karaoke Hits", 258),
    right=[song("Wonderwall (Karaoke Version)", ["Sing King Karaoke"], "Karaoke Hits", 258)],
    wrong=[song("Wonderwall", ["Oasis"], "(What's the Story) Morning Glory?", 258), song("Wonderwall (Karaoke Version)", ["Zoom Karaoke"], "Zoom", 258), song("Champagne Supernova (Karaoke Version)", ["Sing King Karaoke"], "Karaoke Hits", 258), song("Wonderwall (Live)", ["Oasis"], "Live", 258)])
add("want-lullaby", "wanted", track("Enter Sandman", ["Rockabye Baby!"], "Lullaby Renditions of Metallica", 270),
    right=[song("Enter Sandman", ["Rockabye Baby!"], "Lullaby Renditions of Metallica", 270)],
    wrong=[song("Enter Sandman", ["Metallica"], "Metallica", 332), song("Enter Sandman", ["Apocalyptica"], "Plays Metallica", 270), song("One", ["Rockabye Baby!"], "Lullaby Renditions of Metallica", 271), song("Enter Sandman (Karaoke)", ["Sunfly"], "Karaoke", 270)])
add("want-8bit", "wanted", track("Thriller (8 Bit Version)", ["8 Bit Universe"], "8 Bit Jackson", 240),
    right=[song("Thriller (8 Bit Version)", ["8 Bit Universe"], "8 Bit Jackson", 240)],
    wrong=[song("Thriller", ["Michael Jackson"], "Thriller", 357), song("Beat It (8 Bit Version)", ["8 Bit Universe"], "8 Bit Jackson", 240), song("Thriller (8-Bit)", ["Arcade Player"], "16-Bit", 241), song("Thriller", ["Fall Out Boy"], "Infinity on High", 209)])

# -- titles --------------------------------------------------------------------------------------------------------

add("symbols", "title", track("???", ["Quiet Riotess"], "Signs", 143),
    right=[song("???", ["Quiet Riotess"], "Signs", 143)],
    wrong=[song("!!!", ["Quiet Riotess"], "Signs", 143), song("What?", ["Quiet Riotess"], "Signs", 144), song("???", ["Other Band"], "Else", 143), song("Signs", ["Quiet Riotess"], "Signs", 142)])
add("symbols-hearts", "title", track("♡", ["Mei Aoki"], "♡", 98),
    right=[topic("♡", "Mei Aoki", 98)],
    wrong=[topic("♥♥♥", "Mei Aoki", 98), topic("Heart", "Mei Aoki", 98), topic("♡", "Somebody", 97), topic("☆", "Mei Aoki", 98)])
add("symbols-dots", "title", track("...", ["Silent Hour"], "Pause", 61),
    right=[song("...", ["Silent Hour"], "Pause", 61)],
    wrong=[song("..", ["Silent Hour"], "Pause", 60), song("Interlude", ["Silent Hour"], "Pause", 61), song("...", ["Loud Hour"], "Play", 61), song("Pause", ["Silent Hour"], "Pause", 61)])
add("censored", "title", track("F**k It (I Don't Want You Back)", ["Eamon"], "I Don't Want You Back", 225, explicit=True),
    right=[song("Fuck It (I Don't Want You Back)", ["Eamon"], "I Don't Want You Back", 225, explicit=True)],
    wrong=[song("F.U.R.B.", ["Frankee"], "The Good, the Bad, the Ugly", 225), song("Fuck It (I Don't Want You Back) [Karaoke]", ["Sunfly"], "Karaoke", 225), song("I Want You So Bad", ["Eamon"], "I Don't Want You Back", 225), song("Fuck It", ["Somebody"], "It", 225)])
add("censored-one", "title", track("Bitch Better Have My Money", ["Rihanna"], "BBHMM", 219, explicit=True),
    right=[song("B***h Better Have My Money", ["Rihanna"], "BBHMM", 219, explicit=True)],
    wrong=[song("Bitch Better Have My Money (R3hab Remix)", ["Rihanna"], "BBHMM Remixes", 219), song("Better Have My Money", ["Kid Red"], "x", 219), song("American Oxygen", ["Rihanna"], "American Oxygen", 219), song("Bitch Better Have My Money", ["AMG"], "Original", 219)])
add("caps-emoji", "title", track("sad girls 🥀💔", ["lil wisp"], "sad girls", 131),
    right=[song("SAD GIRLS", ["LIL WISP"], "SAD GIRLS", 131)],
    wrong=[song("SAD BOYS", ["LIL WISP"], "SAD GIRLS", 131), song("sad girls (slowed)", ["lil wisp"], "sad girls", 160), song("sad girls", ["wisp"], "blue", 131), ugc("lil wisp - sad girls [1 hour]", "x", 3600)])
add("fancy-letters", "title", track("Midnight Ride", ["Neon Vice"], "Midnight Ride", 201),
    right=[tube("𝐍𝐞𝐨𝐧 𝐕𝐢𝐜𝐞 - 𝐌𝐢𝐝𝐧𝐢𝐠𝐡𝐭 𝐑𝐢𝐝𝐞", "Neon Vice", 201)],
    wrong=[tube("𝐍𝐞𝐨𝐧 𝐕𝐢𝐜𝐞 - 𝐌𝐢𝐝𝐧𝐢𝐠𝐡𝐭 𝐑𝐢𝐝𝐞 (𝙨𝙡𝙤𝙬𝙚𝙙)", "slow", 201), topic("Midnight Rider", "The Allman Brothers Band", 178), topic("Night Ride", "Neon Vice", 201), topic("Midnight Ride", "Orville Peck", 201)])
add("roman", "title", track("Children of the Damned, Part II", ["Iron Vale"], "Damned", 312),
    right=[song("Children of the Damned (Pt. 2)", ["Iron Vale"], "Damned", 312)],
    wrong=[song("Children of the Damned, Part I", ["Iron Vale"], "Damned", 311), song("Children of the Damned, Part III", ["Iron Vale"], "Damned", 312), song("Children of the Damned", ["Iron Maiden"], "The Number of the Beast", 274), song("Children of the Damned", ["Iron Vale"], "Damned", 312)])
add("number-word", "title", track("Part One", ["Ghost Choir"], "Suite", 200),
    right=[song("Part 1", ["Ghost Choir"], "Suite", 200)],
    wrong=[song("Part 2", ["Ghost Choir"], "Suite", 200), song("Part 3", ["Ghost Choir"], "Suite", 201), song("Part One", ["Choir"], "Sweet", 200), song("Part Ten", ["Ghost Choir"], "Suite", 200)])
add("number-title", "title", track("99 Problems", ["JAY-Z"], "The Black Album", 235, explicit=True),
    right=[song("99 Problems", ["Jay Z"], "The Black Album", 235, explicit=True)],
    wrong=[song("88 Problems", ["JAY-Z"], "The Black Album", 235), song("99 Problems", ["Ice-T"], "Home Invasion", 290), song("99 Problems (Instrumental)", ["JAY-Z"], "99 Problems", 235), song("Encore", ["JAY-Z"], "The Black Album", 236)])
add("volume-numbers", "title", track("Study Tone 41 Hz", ["Tone Works"], "Study Tones", 180),
    right=[song("Study Tone 41 Hz", ["Tone Works"], "Study Tones", 180)],
    wrong=[song("Study Tone 40 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 42 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 14 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 41 Hz", ["Brain Lab"], "Study Tones", 180)])
add("volume-removed", "title", track("Study Tone 43 Hz", ["Tone Works"], "Study Tones", 180),
    wrong=[song("Study Tone 40 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 44 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 34 Hz", ["Tone Works"], "Study Tones", 180), song("Study Tone 43 Hz", ["Brain Lab"], "Study Tones", 180)])
add("brackets-in-name", "title", track("(I Can't Get No) Satisfaction - Mono Version", ["The Rolling Stones"], "Out of Our Heads", 222),
    right=[song("(I Can't Get No) Satisfaction", ["The Rolling Stones"], "Out of Our Heads", 223)],
    wrong=[song("Satisfaction", ["Benny Benassi"], "Hypnotica", 222), song("(I Can't Get No) Satisfaction (Live)", ["The Rolling Stones"], "Hyde Park Live", 222), song("(I Can't Get No) Satisfaction", ["Devo"], "Q: Are We Not Men?", 160), song("The Last Time", ["The Rolling Stones"], "Out of Our Heads", 222)])
add("brackets-missing", "title", track("Don't You (Forget About Me)", ["Simple Minds"], "The Breakfast Club", 260),
    right=[tube("Simple Minds - Don't You Forget About Me (Official Video)", "SimpleMindsVEVO", 261, verified=True)],
    wrong=[tube("Don't You (Forget About Me) - Simple Minds (cover)", "kid", 260), topic("Don't You Want Me", "The Human League", 237), topic("Alive and Kicking", "Simple Minds", 260), tube("Simple Minds - Don't You (Live Aid 1985)", "Live Aid", 300)])
add("from-film", "title", track('My Heart Will Go On - Love Theme from "Titanic"', ["Céline Dion"], "Let's Talk About Love", 280),
    right=[song('My Heart Will Go On (Love Theme from "Titanic")', ["Céline Dion"], "Let's Talk About Love", 280)],
    wrong=[song('My Heart Will Go On (Love Theme from "Titanic")', ["The Hollywood Symphony"], "Film Hits", 280), song("My Heart Will Go On (Dance Mix)", ["Céline Dion"], "Remixes", 260), song("My Heart Will Go On (Live)", ["Céline Dion"], "Live", 281), song("Titanic Theme", ["Piano"], "x", 280)])
add("from-film-2", "title", track('Kesariya (From "Brahmastra")', ["Pritam", "Arijit Singh", "Amitabh Bhattacharya"], 'Kesariya (From "Brahmastra")', 268),
    right=[song("Kesariya", ["Pritam", "Arijit Singh"], "Brahmastra", 268)],
    wrong=[song("Kesariya (Dance Mix)", ["Pritam", "Shashwat Singh"], "Brahmastra", 268), song("Kesariya (Lofi)", ["Lofi India"], "Lofi", 268), song("Deva Deva", ["Pritam", "Arijit Singh"], "Brahmastra", 268), ugc("Kesariya - Arijit Singh | Cover", "Riya", 268)])
add("dash-in-name", "title", track("Anti-Hero", ["Taylor Swift"], "Midnights", 200),
    right=[song("Anti-Hero", ["Taylor Swift"], "Midnights", 201)],
    wrong=[song("Anti-Hero (feat. Bleachers)", ["Taylor Swift", "Bleachers"], "Anti-Hero", 228), song("Anti-Hero (Acoustic Version)", ["Taylor Swift"], "Anti-Hero", 203), song("Anti-Hero (Roosevelt Remix)", ["Taylor Swift"], "Anti-Hero", 200), song("Hero", ["Mariah Carey"], "Music Box", 258)])
add("self-titled", "title", track("Bad Company", ["Bad Company"], "Bad Company", 289),
    right=[song("Bad Company", ["Bad Company"], "Bad Company", 289)],
    wrong=[song("Bad Company (Live)", ["Bad Company"], "Live", 400), song("Bad Company", ["Five Finger Death Punch"], "War Is the Answer", 262), song("Ready for Love", ["Bad Company"], "Bad Company", 289), song("Movin' On", ["Bad Company"], "Bad Company", 205)])
add("artist-in-title", "title", track("Bob Dylan", ["Fall Out Boy"], "So Much (For) Stardust", 220),
    right=[song("Bob Dylan", ["Fall Out Boy"], "So Much (For) Stardust", 220)],
    wrong=[song("Like a Rolling Stone", ["Bob Dylan"], "Highway 61", 369), song("Fall Out", ["Bob Dylan"], "x", 220), song("Heaven, Iowa", ["Fall Out Boy"], "So Much (For) Stardust", 220), ugc("Fall Out Boy covers Bob Dylan", "x", 220)])
add("the-live-word", "title", track("Live Your Life", ["T.I.", "Rihanna"], "Paper Trail", 338),
    right=[song("Live Your Life (feat. Rihanna)", ["T.I."], "Paper Trail", 338)],
    wrong=[song("Live Your Life (Live)", ["T.I."], "Live", 338), song("Live Your Life", ["Yuna"], "Decorate", 250), song("Whatever You Like", ["T.I."], "Paper Trail", 249), song("Live Your Life (Instrumental)", ["T.I."], "Paper Trail", 338)])
add("the-remix-word", "title", track("Ignition (Remix)", ["R. Kelly"], "Chocolate Factory", 186),
    right=[song("Ignition (Remix)", ["R. Kelly"], "Chocolate Factory", 187)],
    wrong=[song("Ignition", ["R. Kelly"], "Chocolate Factory", 186), song("Ignition (Remix)", ["Twenty One Two"], "Covers", 186), song("Ignition (Remix) [Sped Up]", ["Sped Up"], "x", 150), song("Ignition (Remix) (Live)", ["R. Kelly"], "Live", 186)])
add("intro-long", "title", track("Intro", ["M83", "Zola Jesus"], "Hurry Up, We're Dreaming", 322),
    right=[song("Intro (feat. Zola Jesus)", ["M83"], "Hurry Up, We're Dreaming", 322)],
    wrong=[song("Intro", ["The xx"], "xx", 127), song("Intro", ["alt-J"], "An Awesome Wave", 157), song("Outro", ["M83"], "Hurry Up, We're Dreaming", 247), song("Intro (Live)", ["M83"], "Live", 322)])
add("skit", "title", track("Ken Kaniff - Skit", ["Eminem"], "The Marshall Mathers LP", 61, explicit=True),
    right=[song("Ken Kaniff (Skit)", ["Eminem"], "The Marshall Mathers LP", 62, explicit=True)],
    wrong=[song("Ken Kaniff (Skit)", ["Eminem"], "The Eminem Show", 26), song("Paul (Skit)", ["Eminem"], "The Marshall Mathers LP", 10), song("Steve Berman (Skit)", ["Eminem"], "The Marshall Mathers LP", 53), song("Public Service Announcement 2000", ["Eminem"], "The Marshall Mathers LP", 25)])
add("short-track", "title", track("Her Majesty", ["The Beatles"], "Abbey Road", 25),
    right=[song("Her Majesty", ["The Beatles"], "Abbey Road", 26)],
    wrong=[song("Her Majesty", ["Chumbawamba"], "x", 96), song("Her Majesty (Takes 1-3)", ["The Beatles"], "Abbey Road (Super Deluxe)", 92), song("The End", ["The Beatles"], "Abbey Road", 141), ugc("The Beatles - Her Majesty (cover)", "x", 27)])
add("one-letter", "title", track("N", ["Four Letters"], "Alphabet", 160),
    right=[song("N", ["Four Letters"], "Alphabet", 160)],
    wrong=[song("M", ["Four Letters"], "Alphabet", 160), song("NN", ["Four Letters"], "Alphabet", 160), song("N", ["Five Letters"], "Alphabet Soup", 160), song("In", ["Four Letters"], "Alphabet", 160)])
add("near-word", "title", track("Lovely Day", ["Hill Street"], "Days", 190),
    wrong=[song("Lonely Day", ["Hill Street"], "Days", 190), song("Lovely Days", ["Bill Withers"], "Menagerie", 190), song("A Lovely Way", ["Hill Street"], "Days", 191), song("Lovely Night", ["Hill Street"], "Days", 190)])
add("one-word-more", "title", track("Home", ["Ivory Coast Band"], "Home", 200),
    wrong=[song("Going Home", ["Ivory Coast Band"], "Home", 200), song("Home Again", ["Ivory Coast Band"], "Home", 200), song("Far from Home", ["Ivory Coast Band"], "Home", 201), song("Home", ["Ivory Coast"], "Homes", 200)])
add("sequel", "title", track("Nightfall", ["Arden"], "Nightfall", 222),
    wrong=[song("Nightfall II", ["Arden"], "Nightfall", 222), song("Nightfall (Part 2)", ["Arden"], "Nightfall", 222), song("Nightfall, Pt. 3", ["Arden"], "Nightfall", 222), song("Nightfall Vol. 2", ["Arden"], "Nightfall", 221)])
add("slang", "title", track("Luv U 4 Ever", ["Kayla"], "Luv U", 190),
    right=[song("Love You 4 Ever", ["Kayla"], "Luv U", 190)],
    wrong=[song("Love You Never", ["Kayla"], "Luv U", 190), song("Luv U 2", ["Kayla"], "Luv U", 190), song("Luv U 4 Ever (Remix)", ["Kayla"], "Luv U", 190), song("Luv U 4 Ever", ["Kaylee M"], "x", 190)])
add("apostrophes", "title", track("Rock ’n’ Roll Ain’t Noise Pollution", ["AC/DC"], "Back In Black", 256),
    right=[song("Rock and Roll Ain't Noise Pollution", ["ACDC"], "Back in Black", 256)],
    wrong=[song("Rock and Roll Ain't Noise Pollution (Live)", ["AC/DC"], "Live", 256), song("Shake a Leg", ["AC/DC"], "Back In Black", 256), song("Rock 'n' Roll Ain't Noise Pollution", ["Hayseed Dixie"], "Tribute", 256), song("Rock 'n' Roll Damnation", ["AC/DC"], "Powerage", 217)])
add("spacing", "title", track("Nightcall", ["Kavinsky"], "OutRun", 258),
    right=[song("Night Call", ["Kavinsky"], "OutRun", 258)],
    wrong=[song("Night Drive", ["Kavinsky"], "OutRun", 258), song("Nightcall (Dustin N'Guyen Remix)", ["Kavinsky"], "Nightcall", 258), song("Nightcall", ["London Grammar"], "If You Wait", 270), song("Nightcall (Instrumental)", ["Kavinsky"], "Nightcall", 258)])
add("vs-title", "title", track("Toca's Miracle (Inpetto 2008 Remix)", ["Fragma"], "Toca's Miracle 2008", 380),
    right=[song("Toca's Miracle 2008 (Inpetto Remix)", ["Fragma"], "Toca's Miracle 2008", 380)],
    wrong=[song("Toca's Miracle", ["Fragma"], "Toca", 380), song("Toca's Miracle 2008 (Clubstar Remix)", ["Fragma"], "Toca's Miracle 2008", 380), song("Toca Me", ["Fragma"], "Toca", 380), song("Toca's Miracle (Radio Edit)", ["Fragma"], "Toca", 204)])
add("movement-like", "title", track("Suite for Rain: II. Falling", ["Ensemble Nord"], "Suite for Rain", 244),
    right=[song("Suite for Rain: II. Falling", ["Ensemble Nord"], "Suite for Rain", 244)],
    wrong=[song("Suite for Rain: I. Gathering", ["Ensemble Nord"], "Suite for Rain", 244), song("Suite for Rain: III. Falling", ["Ensemble Nord"], "Suite for Rain", 243), song("Suite for Rain (Full)", ["Ensemble Nord"], "Suite for Rain", 1200), song("Suite for Snow: II. Falling", ["Ensemble Nord"], "Suite for Snow", 244)])

# -- artists -------------------------------------------------------------------------------------------------------

add("feat-field", "artist", track("Sunflower", ["Post Malone", "Swae Lee"], "Spider-Man: Into the Spider-Verse", 158),
    right=[song("Sunflower (feat. Swae Lee)", ["Post Malone"], "Hollywood's Bleeding", 158)],
    wrong=[song("Sunflower", ["Rex Orange County"], "Apricot Princess", 251), song("Sunflower", ["Smyang Piano"], "Piano", 158), song("Sunflower (Remix) [feat. Nicky Jam]", ["Post Malone", "Swae Lee"], "Sunflower (Remix)", 158), song("Circles", ["Post Malone"], "Hollywood's Bleeding", 215)])
add("collab-order", "artist", track("Bang Bang", ["Jessie J", "Ariana Grande", "Nicki Minaj"], "Sweet Talker", 199),
    right=[song("Bang Bang", ["Ariana Grande", "Jessie J", "Nicki Minaj"], "My Everything (Deluxe)", 199)],
    wrong=[song("Bang Bang", ["will.i.am"], "The Great Gatsby", 278), song("Bang Bang", ["Nancy Sinatra"], "How Does That Grab You?", 162), song("Bang Bang (Imanbek Remix)", ["Jessie J"], "Remix", 199), song("Domino", ["Jessie J"], "Who You Are", 199)])
add("amp-x", "artist", track("Where Are Ü Now (with Justin Bieber)", ["Skrillex", "Diplo", "Justin Bieber"], "Skrillex and Diplo present Jack Ü", 250),
    right=[song("Where Are Ü Now (with Justin Bieber)", ["Jack Ü"], "Skrillex and Diplo present Jack Ü", 250)],
    wrong=[song("Where Are You Now", ["Lost Frequencies", "Calum Scott"], "All Stand Together", 148), song("Where Are Ü Now (Karaoke)", ["Sing King"], "Karaoke", 250), song("Febreze", ["Jack Ü"], "Skrillex and Diplo present Jack Ü", 250), song("Where Are U Now", ["Cover Kids"], "x", 250)])
add("alias", "artist", track("Stronger", ["Kanye West"], "Graduation", 311, explicit=True),
    right=[song("Stronger", ["Ye"], "Graduation", 312, explicit=True)],
    wrong=[song("Stronger", ["Kelly Clarkson"], "Stronger", 222), song("Stronger", ["Britney Spears"], "Oops!", 203), song("Stronger (A-Trak Remix)", ["Kanye West"], "Stronger", 311), song("Harder, Better, Faster, Stronger", ["Daft Punk"], "Discovery", 224)])
add("vevo", "artist", track("Chandelier", ["Sia"], "1000 Forms of Fear", 216),
    right=[tube("Sia - Chandelier (Official Video)", "SiaVEVO", 217, verified=True)],
    wrong=[tube("Chandelier - Sia (Cover)", "girl", 216), topic("Chandelier (Piano Version)", "Sia", 216), topic("Elastic Heart", "Sia", 216), tube("Sia - Chandelier (Live on SNL)", "SNL", 220)])
add("official-channel", "artist", track("Take Me to Church", ["Hozier"], "Hozier", 241),
    right=[tube("Take Me To Church", "Hozier Official", 242, verified=True)],
    wrong=[tube("Take Me To Church (Cover)", "Ellie", 241), topic("Take Me to Church", "Sofia Karlberg", 241), topic("Cherry Wine (Live)", "Hozier", 241), tube("Hozier - Take Me To Church (Live Lounge)", "BBCR1", 245)])
add("label-channel", "artist", track("Fade", ["Alan Walker"], "Fade", 264),
    right=[tube("Alan Walker - Fade [NCS Release]", "NoCopyrightSounds", 265, verified=True)],
    wrong=[tube("Alan Walker - Faded", "Alan Walker", 213, verified=True), tube("Alan Walker - Fade (1 hour)", "loops", 3600), tube("Alan Walker - Fade (Piano Cover)", "p", 264), topic("Fade", "Kanye West", 193)])
add("prefix-artist", "artist", track("Alive", ["Sia"], "This Is Acting", 263),
    wrong=[song("Alive", ["Pearl Jam"], "Ten", 341), song("Alive", ["Sia Cover Band"], "Tribute", 263), song("Alive", ["Siamés"], "Bounce", 263), song("Breathe Me", ["Sia"], "Colour", 264)])
add("the-artist", "artist", track("Africa", ["Toto"], "Toto IV", 295),
    right=[song("Africa", ["TOTO"], "Toto IV", 296)],
    wrong=[song("Africa", ["Weezer"], "Teal Album", 240), song("Africa", ["Toto Tribute Band"], "Tribute to Toto", 295), song("Africa (Live)", ["TOTO"], "Live", 295), song("Rosanna", ["TOTO"], "Toto IV", 331)])
add("same-title-same-album", "artist", track("Main Theme", ["Anna Meredith"], "Score: Two Composers", 150),
    right=[song("Main Theme", ["Anna Meredith"], "Score: Two Composers", 150)],
    wrong=[song("Main Theme", ["Oliver Hart"], "Score: Two Composers", 150), song("Main Theme (Reprise)", ["Anna Meredith"], "Score: Two Composers", 150), song("End Theme", ["Anna Meredith"], "Score: Two Composers", 150), song("Main Theme", ["City Orchestra"], "Scores", 150)])
add("same-title-same-album-removed", "artist", track("Main Theme", ["Anna Meredith"], "Score: Two Composers", 150),
    wrong=[song("Main Theme", ["Oliver Hart"], "Score: Two Composers", 150), song("Main Theme (Reprise)", ["Anna Meredith"], "Score: Two Composers", 150), song("End Theme", ["Anna Meredith"], "Score: Two Composers", 150), song("Main Theme (Alternate)", ["Anna Meredith"], "Score: Two Composers", 150)])
add("guest-version", "artist", track("Savage", ["Megan Thee Stallion"], "Suga", 169, explicit=True),
    right=[song("Savage", ["Megan Thee Stallion"], "Suga", 169, explicit=True)],
    wrong=[song("Savage Remix (feat. Beyoncé)", ["Megan Thee Stallion"], "Savage Remix", 242, explicit=True), song("Savage (Major Lazer Remix)", ["Megan Thee Stallion"], "Savage", 169), song("Savage", ["aespa"], "Savage", 238), song("Savage", ["Cover Girl"], "x", 169)])
add("guest-swap", "artist", track("Industry Baby (feat. Jack Harlow)", ["Lil Nas X", "Jack Harlow"], "MONTERO", 212, explicit=True),
    right=[song("INDUSTRY BABY", ["Lil Nas X", "Jack Harlow"], "MONTERO", 212, explicit=True)],
    wrong=[song("INDUSTRY BABY (feat. Doja Cat)", ["Lil Nas X", "Doja Cat"], "INDUSTRY BABY", 212), song("INDUSTRY BABY (Instrumental)", ["Lil Nas X"], "x", 212), song("INDUSTRY BABY (EXTENDED)", ["Lil Nas X"], "x", 260), song("Industry Baby", ["Drill Kid"], "x", 212)])
add("dotted", "artist", track("Losing My Religion", ["R.E.M."], "Out of Time", 268),
    right=[song("Losing My Religion", ["REM"], "Out Of Time", 269)],
    wrong=[song("Losing My Religion", ["Lacuna Coil"], "Dark Adrenaline", 268), song("Losing My Religion (Live)", ["R.E.M."], "Unplugged", 268), song("Shiny Happy People", ["R.E.M."], "Out of Time", 226), song("Losing My Religion (Demo)", ["R.E.M."], "Out of Time (25th)", 268)])
add("dollar", "artist", track("TiK ToK", ["Kesha"], "Animal", 199),
    right=[song("TiK ToK", ["Ke$ha"], "Animal", 200)],
    wrong=[song("TiK ToK (Fred Falke Remix)", ["Ke$ha"], "x", 199), song("Tick Tock", ["Clean Bandit"], "x", 178), song("Tik Tok", ["Glee Cast"], "Glee", 199), song("Take It Off", ["Ke$ha"], "Animal", 215)])
add("and-amp", "artist", track("The Boxer", ["Simon & Garfunkel"], "Bridge Over Troubled Water", 308),
    right=[song("The Boxer", ["Simon and Garfunkel"], "Bridge Over Troubled Water", 308)],
    wrong=[song("The Boxer", ["Mumford & Sons", "Paul Simon"], "Babel", 245), song("The Boxer (Live)", ["Simon & Garfunkel"], "Concert in Central Park", 308), song("The Boxer", ["Jerry Douglas"], "Traveler", 308), song("Cecilia", ["Simon & Garfunkel"], "Bridge", 174)])
add("upload-no-artist", "artist", track("Petricoria", ["Lumen Fields"], "Petricoria", 184),
    wrong=[tube("Petricoria", "DJ Random", 184), tube("petricoria (original song)", "bedroom kid", 184), tube("Petricoria | ambient", "Sleepy Sounds", 185), topic("Petricoria", "Aurora Night", 184)])
add("uploader-performs", "artist", track("Jolene", ["Dolly Parton"], "Jolene", 161),
    wrong=[tube("Ella Roberts - Jolene (Dolly Parton)", "Ella Roberts", 161), topic("Jolene", "Miley Cyrus", 161), tube("Jolene by Dolly Parton - Ella Roberts", "Ella Roberts", 162), topic("Jolene", "The White Stripes", 230)])
add("reupload-only", "artist", track("Kelewala", ["Sona Diallo"], "Kelewala", 244),
    ok=[tube("Sona Diallo - Kelewala", "Guinea Music Archive", 245)],
    wrong=[tube("Sona Diallo - Kelewala (live Conakry)", "RTG", 300), tube("Kelewala dance challenge", "tiktok", 30), topic("Kelewala", "Mory Kanté", 300), tube("Sona Diallo - Interview", "RTG", 244)])
add("lyric-only", "artist", track("Ghost Lights", ["Mara Venn"], "Ghost Lights", 207),
    ok=[tube("Mara Venn - Ghost Lights (Lyrics)", "LyricHeaven", 207), tube("Mara Venn • Ghost Lights [Letra / Lyrics]", "Dan M", 208)],
    wrong=[tube("Mara Venn - Ghost Lights (Cover)", "ann", 207), tube("Mara Venn - Ghost Lights slowed", "slow", 240), topic("Ghost Light", "Other", 207), topic("Harbor", "Mara Venn", 207)])
add("various", "artist", track("Tiny Dancer", ["Elton John"], "Almost Famous (Soundtrack)", 377),
    right=[song("Tiny Dancer", ["Elton John"], "Madman Across the Water", 377)],
    wrong=[song("Tiny Dancer", ["Various Artists"], "Almost Famous Tribute", 377), song("Tiny Dancer", ["Florence + The Machine"], "Revamp", 377), song("Cold Heart (PNAU Remix)", ["Elton John", "Dua Lipa"], "x", 202), song("Tiny Dancer (Live)", ["Elton John"], "Live", 377)])

# -- length, album, explicit, ISRC ---------------------------------------------------------------------------------

add("album-decides", "facts", track("Untitled", ["Grey Season"], "Second", 180),
    right=[song("Untitled", ["Grey Season"], "Second", 180)],
    wrong=[song("Untitled", ["Grey Season"], "First", 244), song("Untitled", ["Grey Season"], "Third", 130), song("Untitled (Live)", ["Grey Season"], "Second", 180), song("Untitled", ["Interpol"], "Turn On", 236)])
add("clean-exists", "facts", track("WAP", ["Cardi B", "Megan Thee Stallion"], "WAP", 187, explicit=True),
    right=[song("WAP (feat. Megan Thee Stallion)", ["Cardi B"], "WAP", 187, explicit=True, views=10)],
    wrong=[song("WAP (feat. Megan Thee Stallion)", ["Cardi B"], "WAP", 187, views=900_000_000), song("WAP (Clean)", ["Cardi B"], "WAP", 187), song("WAP (Instrumental)", ["Cardi B"], "WAP", 187), song("WAP", ["Karaoke Star"], "x", 187)])
add("wants-clean", "facts", track("Lose Control (Clean)", ["Missy Rae"], "Control (Clean)", 214),
    right=[song("Lose Control (Clean)", ["Missy Rae"], "Control (Clean)", 214)],
    wrong=[song("Lose Control", ["Missy Rae"], "Control", 214, explicit=True), song("Lose Control", ["Teddy Swims"], "x", 210), song("Lose Control (Remix)", ["Missy Rae"], "Control", 214), song("Control", ["Missy Rae"], "Control", 214)])
add("long-video", "facts", track("Telephone", ["Lady Gaga", "Beyoncé"], "The Fame Monster", 220),
    right=[song("Telephone (feat. Beyoncé)", ["Lady Gaga"], "The Fame Monster", 221)],
    ok=[official("Telephone (feat. Beyoncé)", ["Lady Gaga"], 571)],
    wrong=[song("Telephone (DJ Dan Extended)", ["Lady Gaga"], "Remix", 260), song("Telephone", ["Pomplamoose"], "Covers", 220), song("Telephone (Live)", ["Lady Gaga"], "x", 221)])
add("only-long-video", "facts", track("The Tall Ship", ["Marrow"], "The Tall Ship", 220),
    wrong=[official("The Tall Ship", ["Marrow"], 640), tube("Marrow - The Tall Ship (short film)", "Marrow", 640), song("The Small Ship", ["Marrow"], "x", 220), song("The Tall Ship", ["Sea Band"], "x", 220)])
add("snippet-only", "facts", track("Parallel", ["Odd Lot"], "Parallel", 214),
    wrong=[tube("Odd Lot - Parallel", "Odd Lot", 30, verified=True), tube("Odd Lot - Parallel (teaser)", "Odd Lot", 45), tube("Odd Lot - Parallel #shorts", "Odd Lot", 58), topic("Parallels", "Odd Lot", 215)])
add("unknown-length", "facts", track("Parallel", ["Odd Lot"], "Parallel", 214),
    wrong=[tube("Odd Lot - Parallel live stream 24/7", "Odd Lot", None), tube("Odd Lot Parallel", "fan", None), topic("Orthogonal", "Odd Lot", 214), tube("Parallel reaction", "r", 500)])
add("isrc-acquits", "facts", track("夜明け", ["森田童子"], "夜明け", 221, isrc="JPABC0100001"),
    right=[song("Daybreak", ["Doji Morita"], "Daybreak", 221, isrc=True)],
    wrong=[song("Goodbye", ["Doji Morita"], "Daybreak", 221), song("夜明け", ["Other"], "x", 221), song("夜明け (カラオケ)", ["歌っちゃ王"], "k", 221), song("Dusk", ["Doji Morita"], "Dusk", 222)])
add("isrc-does-not-convict", "facts", track("Glass House", ["Nora Lind"], "Glass House", 201, isrc="NOABC0100001"),
    right=[song("Glass House", ["Nora Lind"], "Glass House", 201)],
    wrong=[song("Random Beat", ["Beat Maker"], "x", 201, isrc=True), song("Glass House (Remix)", ["Nora Lind"], "Glass House", 201), song("Glass House", ["Morgan St. Jean"], "x", 201), song("Stone House", ["Nora Lind"], "Glass House", 201)])
add("isrc-not-alone", "facts", track("Glass House", ["Nora Lind"], "Glass House", 201, isrc="NOABC0100001"),
    wrong=[song("Random Beat", ["Beat Maker"], "x", 201, isrc=True), song("Glass House (Remix)", ["Nora Lind"], "Glass House", 201), song("Glass House", ["Morgan St. Jean"], "x", 201), song("Stone House", ["Nora Lind"], "Glass House", 201)])
add("fake-album", "facts", track("Golden Hour", ["JVKE"], "this is what ____ feels like", 209),
    right=[song("golden hour", ["JVKE"], "this is what ____ feels like (Vol. 1-4)", 210)],
    wrong=[song("golden hour (Sped Up)", ["JVKE"], "golden hour", 170), song("Golden Hour", ["Kacey Musgraves"], "Golden Hour", 198), song("golden hour (piano version)", ["JVKE"], "golden hour", 209), song("golden hour", ["Cakra Khan"], "cover", 210)])
add("live-album-plain-title", "facts", track("Thunder Road", ["Bruce Springsteen"], "Born to Run", 289),
    right=[song("Thunder Road", ["Bruce Springsteen"], "Born To Run", 290)],
    wrong=[song("Thunder Road", ["Bruce Springsteen"], "Live at the Hammersmith Odeon, London '75", 291), song("Thunder Road (Live)", ["Bruce Springsteen"], "Live 1975-85", 346), song("Thunder Road", ["Tributo"], "Tribute to Springsteen", 289), song("Jungleland", ["Bruce Springsteen"], "Born to Run", 573)])
add("live-album-removed", "facts", track("Thunder Road", ["Bruce Springsteen"], "Born to Run", 289),
    wrong=[song("Thunder Road", ["Bruce Springsteen"], "Live at the Hammersmith Odeon, London '75", 291), song("Thunder Road (Live)", ["Bruce Springsteen"], "Live 1975-85", 346), song("Thunder Road", ["Tributo"], "Tribute to Springsteen", 289), song("Backstreets", ["Bruce Springsteen"], "Born to Run", 289)])
add("mashup", "facts", track("In the End", ["Linkin Park"], "Hybrid Theory", 216),
    right=[song("In the End", ["Linkin Park"], "Hybrid Theory", 217)],
    wrong=[ugc("Linkin Park x Adele - In The End (Mashup)", "masher", 216), song("In the End (Mellen Gi Remix)", ["Tommee Profitt", "Fleurie"], "Cinematic", 216), song("In the End (Demo)", ["Linkin Park"], "Hybrid Theory (20th)", 216), song("In the End (Live)", ["Linkin Park"], "Live in Texas", 217), ugc("In The End (Linkin Park) vs Numb", "mix", 216)])
add("medley", "facts", track("Jump in the Line", ["Harry Belafonte"], "Jump Up Calypso", 223),
    wrong=[song("Jump in the Line / Day-O (Medley)", ["Harry Belafonte"], "Medleys", 223), song("Day-O", ["Harry Belafonte"], "Calypso", 223), ugc("Harry Belafonte medley: Jump in the Line", "tv", 223), song("Jump in the Line", ["Joseph Spence"], "x", 223)])
add("full-album", "facts", track("Echoes", ["Pink Floyd"], "Meddle", 1411),
    right=[song("Echoes", ["Pink Floyd"], "Meddle", 1411)],
    wrong=[ugc("Pink Floyd - Meddle (Full Album)", "albums", 2800), song("Echoes (Live at Pompeii)", ["Pink Floyd"], "Pompeii", 1400), song("Echoes", ["Klaxons"], "Surfing the Void", 224), song("Echoes, Pt. 1", ["Pink Floyd"], "Works", 700)])
add("mv-intro", "facts", track("Bad Blood Moon", ["Kit Ash"], "Bad Blood Moon", 199),
    right=[song("Bad Blood Moon", ["Kit Ash"], "Bad Blood Moon", 199, views=5)],
    ok=[official("Kit Ash - Bad Blood Moon (Official Video)", ["Kit Ash"], 214, views=90_000_000)],
    wrong=[official("Kit Ash - Bad Blood Moon (Live Session)", ["Kit Ash"], 199), ugc("Kit Ash - Bad Blood Moon (Dance Practice)", "Kit Ash", 199), ugc("Kit Ash - Bad Blood Moon (Behind the Scenes)", "Kit Ash", 199)])
add("bonus-edition", "facts", track("Glow - Bonus Track", ["Pale Sun"], "Pale Sun (Deluxe Edition)", 231),
    right=[song("Glow", ["Pale Sun"], "Pale Sun (Bonus Edition)", 231)],
    wrong=[song("Glow (Demo) [Bonus Track]", ["Pale Sun"], "Pale Sun (Deluxe Edition)", 231), song("Glow", ["Drake"], "More Life", 206), song("Glower", ["Pale Sun"], "Pale Sun", 231), song("Glow (Live) [Bonus Track]", ["Pale Sun"], "Pale Sun (Deluxe Edition)", 231)])
