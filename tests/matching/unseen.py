"""Cases of the kind that search results hold, written to find what the rest had not shown: see `handmade.py`."""

# ruff: noqa: E501, B006  (tables of cases)
# fmt: off
from __future__ import annotations

from typing import Any

from tests.matching.handmade import Case
from tests.matching.parts import Made, official, song, topic, track, tube, ugc

UNSEEN: list[Case] = []


def add(name: str, category: str, wanted: dict[str, Any], *, right: list[Made] = [], ok: list[Made] = [], wrong: list[Made] = []) -> None:
    UNSEEN.append((name, category, wanted, right, ok, wrong))


# -- other scripts and languages ----

add("ru-sheet", "unseen", track("Седьмой лепесток", ["Hi-Fi"], "Запоминай", 218),
    right=[topic("Седьмой лепесток", "Hi-Fi", 218)],
    ok=[tube("Hi-Fi — Седьмой лепесток (Official video)", "Hi-Fi", 222)],
    wrong=[topic("Седьмой лепесток (Ремикс)", "Hi-Fi", 230), topic("Седьмой лепесток", "Кавер-группа Лепесток", 219), tube("HI-FI - Седьмой лепесток (минусовка)", "Минус", 218), topic("Седьмой лепесток (Live)", "Hi-Fi", 224)])
add("ru-yo", "unseen", track("Всё идёт по плану", ["Гражданская оборона"], "Всё идёт по плану", 285),
    right=[song("Все идет по плану", ["Гражданская Оборона"], "Все идет по плану", 285)],
    wrong=[song("Все идет по плану (концерт)", ["Гражданская Оборона"], "Концерт", 290), song("Все идет по плану", ["Пошлая Молли"], "Трибьют", 285), ugc("Все идет по плану (на гитаре, аккорды)", "уроки", 300), song("Зоопарк", ["Гражданская Оборона"], "Красный альбом", 285)])
add("ru-latin-artist", "unseen", track("Судно (Борис Рыжий)", ["Molchat Doma"], "Etazhi", 141),
    right=[song("Судно (Борис Рижий)", ["Молчат Дома"], "Этажи", 141)],
    wrong=[song("Судно (Sped Up)", ["Молчат Дома"], "Этажи", 110), song("Судно", ["Кавер Дом"], "Каверы", 141), ugc("Molchat Doma - Sudno (slowed + reverb)", "slow", 170), song("Клетка", ["Молчат Дома"], "Этажи", 142)])
add("uk-title", "unseen", track("Обійми", ["Океан Ельзи"], "Земля", 222),
    right=[song("Obiymy", ["Okean Elzy"], "Zemlya", 222)],
    wrong=[song("Obiymy (Live)", ["Okean Elzy"], "Live", 230), song("Стріляй", ["Океан Ельзи"], "Земля", 222), song("Обійми", ["Piano UA"], "Piano", 222), ugc("Океан Ельзи - Обійми (cover)", "Оля", 222)])
add("ja-official-jp", "unseen", track("ドライフラワー", ["優里"], "壱", 286),
    right=[official("優里『ドライフラワー』Official Music Video -ディレクターズカットver.-", ["優里"], 288)],
    wrong=[ugc("ドライフラワー / 優里（Cover）", "歌う人", 286), ugc("【カラオケ】ドライフラワー / 優里", "カラオケ", 286), song("ドライフラワー", ["オルゴールサウンド"], "J-POP", 280), song("かくれんぼ", ["優里"], "壱", 286)])
add("ja-topic", "unseen", track("Pretender", ["Official HIGE DANdism"], "Traveler", 326),
    right=[topic("Pretender", "Official髭男dism", 327)],
    wrong=[topic("Pretender", "Foo Fighters", 269), topic("Pretender (Piano Ver.)", "Official髭男dism", 326), tube("Official髭男dism - Pretender [TVサイズ]", "anime", 90), topic("I LOVE...", "Official髭男dism", 283)])
add("ja-roman-artist", "unseen", track("怪獣の花唄", ["Vaundy"], "strobo", 225),
    right=[topic("怪獣の花唄", "Vaundy", 225)],
    wrong=[topic("怪獣の花唄", "りりあ。", 225), tube("怪獣の花唄 / Vaundy 弾き語り", "guitar", 225), topic("怪獣の花唄 - replica", "Vaundy", 225), topic("踊り子", "Vaundy", 231)])
add("ja-with-english-sub", "unseen", track("Plastic Love", ["Mariya Takeuchi"], "VARIETY", 292),
    right=[song("プラスティック・ラヴ", ["竹内まりや"], "VARIETY", 292)],
    wrong=[song("プラスティック・ラヴ (Live)", ["竹内まりや"], "Live", 300), song("Plastic Love", ["tofubeats"], "FANTASY CLUB", 292), song("駅", ["竹内まりや"], "REQUEST", 292), ugc("Plastic Love (Slowed)", "vapor", 350)])
add("ko-feat", "unseen", track("에잇(Prod.&Feat. SUGA of BTS)", ["아이유"], "에잇", 168),
    right=[song("eight (Prod. & Feat. SUGA)", ["IU"], "eight", 168)],
    wrong=[song("eight (Inst.)", ["IU"], "eight", 168), song("에잇", ["Cover Girl"], "Covers", 168), ugc("IU eight 1시간", "loop", 3600), song("Blueming", ["IU"], "Love poem", 217)])
add("ko-english-title-roman", "unseen", track("Gashina", ["SUNMI"], "Gashina", 180),
    right=[song("가시나", ["선미"], "가시나", 180)],
    wrong=[song("가시나 (Inst.)", ["선미"], "가시나", 180), song("주인공", ["선미"], "주인공", 180), ugc("선미 가시나 직캠", "fancam", 182), song("Gashina", ["Dance Practice Crew"], "Kpop", 180)])
add("ko-mixed", "unseen", track("어떻게 이별까지 사랑하겠어, 널 사랑하는 거지", ["AKMU"], "항해", 290),
    right=[official("AKMU - '어떻게 이별까지 사랑하겠어, 널 사랑하는 거지(How can I love the heartbreak, you're the one I love)' M/V", ["AKMU"], 293)],
    wrong=[ugc("어떻게 이별까지 사랑하겠어 널 사랑하는거지 (cover)", "노래", 290), song("어떻게 이별까지 사랑하겠어, 널 사랑하는 거지", ["정승환"], "리메이크", 290), ugc("AKMU 어떻게 이별까지 MR 노래방", "kar", 290), song("물 만난 물고기", ["AKMU"], "항해", 228)])
add("zh-trad-simp", "unseen", track("光年之外", ["G.E.M. 鄧紫棋"], "光年之外", 235),
    right=[topic("光年之外", "G.E.M.", 235)],
    ok=[tube("G.E.M.【光年之外 LIGHT YEARS AWAY】MV (電影《太空潛航者 Passengers》中文主題曲) [HD] 鄧紫棋", "GEM鄧紫棋", 240)],
    wrong=[topic("光年之外", "孟凡明", 234), tube("光年之外 鄧紫棋 (翻唱)", "小美", 235), tube("光年之外 鋼琴版", "piano", 235), topic("泡沫", "G.E.M.", 258)])
add("zh-slash", "unseen", track("告白氣球", ["周杰倫"], "周杰倫的床邊故事", 215),
    right=[tube("周杰倫 Jay Chou【告白氣球 Love Confession】Official MV", "周杰倫 Jay Chou", 216, verified=True)],
    wrong=[tube("告白氣球 - 周杰倫 伴奏 KTV", "ktv", 215), tube("告白氣球 cover 二珂", "二珂", 214), tube("周杰倫 - 不能說的秘密 Official MV", "周杰倫 Jay Chou", 296), tube("告白氣球 吉他教學", "guitar", 600)])
add("ar-official", "unseen", track("Enta Eih", ["Nancy Ajram"], "Ya Salam", 218),
    right=[tube("Nancy Ajram - Enta Eih (Official Music Video) / نانسي عجرم - إنت إيه", "Nancy Ajram", 222, verified=True)],
    wrong=[tube("نانسي عجرم - إنت إيه (كاريوكي)", "kar", 218), tube("Nancy Ajram - Ya Salam / نانسي عجرم", "Nancy Ajram", 218, verified=True), tube("Enta Eih - Nancy Ajram (cover by Sara)", "Sara", 218), tube("Nancy Ajram Enta Eih live in Carthage", "fan", 260)])
add("ar-native", "unseen", track("كيفك إنت", ["فيروز"], "كيفك إنت", 275),
    right=[song("Kifak Inta", ["Fairuz"], "Kifak Inta", 275)],
    wrong=[song("Kifak Inta (Live)", ["Fairuz"], "Beiteddine", 300), song("Bint El Shalabiya", ["Fairuz"], "Best", 275), song("كيفك إنت", ["Tania Kassis"], "Oriental", 275), ugc("فيروز كيفك انت موسيقى فقط", "mus", 275)])
add("fa-title", "unseen", track("Behet Ghol Midam", ["Mohsen Yeganeh"], "Hobab", 246),
    right=[topic("بهت قول میدم", "محسن یگانه", 246)],
    wrong=[topic("Hobab", "Mohsen Yeganeh", 246), topic("Behet Ghol Midam", "Cover Band", 245), tube("Behet Ghol Midam Karaoke", "kar", 246), tube("Mohsen Yeganeh Behet Ghol Midam live concert", "fan", 300)])
add("he-topic", "unseen", track("תל אביב", ["עומר אדם"], "תל אביב", 218),
    right=[topic("Tel Aviv", "Omer Adam", 218)],
    wrong=[topic("Tel Aviv", "Karni", 218), topic("תל אביב (רמיקס)", "Omer Adam", 218), topic("Mahapecha Shel Simcha", "Omer Adam", 218), tube("עומר אדם תל אביב קריוקי", "kar", 218)])
add("th-latin", "unseen", track("ซ่อนกลิ่น", ["PALMY"], "ซ่อนกลิ่น", 265),
    right=[tube("ปาล์มมี่ - ซ่อนกลิ่น「Official MV」", "GENIE ROCK", 268, verified=True)],
    wrong=[tube("ซ่อนกลิ่น - Palmy (Cover) แพรว", "แพรว", 265), tube("ซ่อนกลิ่น PALMY คาราโอเกะ", "kar", 265), tube("PALMY - คิดมาก Official MV", "GENIE ROCK", 268, verified=True), tube("PALMY ซ่อนกลิ่น แสดงสด", "fan", 280)])
add("hi-film", "unseen", track('Kesariya (From "Brahmastra")',["Pritam", "Arijit Singh", "Amitabh Bhattacharya"],'Kesariya (From "Brahmastra")', 268),
    right=[song("Kesariya", ["Pritam & Arijit Singh"], "Brahmastra (Original Motion Picture Soundtrack)", 268)],
    ok=[tube("Kesariya - Brahmāstra | Ranbir Kapoor | Alia Bhatt | Pritam | Arijit Singh | Amitabh Bhattacharya", "Sony Music India", 172)],
    wrong=[song("Kesariya (Dance Mix)", ["Pritam", "Shashwat Sachdev", "Antara Mitra"], "Brahmastra", 268), song("Kesariya (Lofi)", ["Pritam", "Arijit Singh"], "Lofi", 268), song("Kesariya (Telugu)", ["Pritam", "Sid Sriram"], "Brahmastra (Telugu)", 268), song("Kesariya", ["Cover Crew"], "Covers", 268)])
add("ta-film", "unseen", track('Arabic Kuthu (Halamithi Habibo) [From "Beast"]', ["Anirudh Ravichander", "Jonita Gandhi"], "Beast", 280),
    right=[song("Arabic Kuthu - Halamithi Habibo", ["Anirudh Ravichander", "Jonita Gandhi"], "Beast (Original Motion Picture Soundtrack)", 280)],
    wrong=[song("Arabic Kuthu (Instrumental)", ["Anirudh Ravichander"], "Beast", 280), song("Halamithi Habibo (Telugu)", ["Anirudh Ravichander"], "Beast (Telugu)", 280), song("Jolly O Gymkhana", ["Anirudh Ravichander", "Vijay"], "Beast", 280), ugc("Arabic Kuthu dance cover", "crew", 281)])
add("el-mixed", "unseen", track("Ο Παλιός Στρατιώτης", ["Βασίλης Παπακωνσταντίνου"], "Χαιρετίσματα", 254),
    right=[topic("O Palios Stratiotis", "Vasilis Papakonstadinou", 254)],
    wrong=[topic("Chairetismata", "Vasilis Papakonstadinou", 254), topic("Ο Παλιός Στρατιώτης (Live)", "Vasilis Papakonstadinou", 260), topic("O Palios Stratiotis", "Apurimac", 254), tube("Ο παλιός στρατιώτης karaoke", "kar", 254)])
add("tr-dotless", "unseen", track("Işıklı Yol", ["Ayşe Nur"], "Yol", 215),
    right=[song("ISIKLI YOL", ["Ayse Nur"], "Yol", 215)],
    wrong=[song("Işıklı Yol (Akustik)", ["Ayşe Nur"], "Akustik", 215), song("Işıklı Yol", ["Karaoke Türk"], "Karaoke", 215), song("Yollar", ["Ayşe Nur"], "Yol", 215), ugc("Ayşe Nur - Işıklı Yol (Canlı Performans)", "fan", 220)])
add("pl-diacritics", "unseen", track("Małomiasteczkowy", ["Dawid Podsiadło"], "Małomiasteczkowy", 209),
    right=[official("Dawid Podsiadlo - Malomiasteczkowy", ["Dawid Podsiadło"], 212)],
    wrong=[ugc("Dawid Podsiadło - Małomiasteczkowy (na żywo)", "radio", 215), song("Małomiasteczkowy", ["Smyczki"], "Quartet covers", 209), song("Nie ma fal", ["Dawid Podsiadło"], "Małomiasteczkowy", 209), ugc("Małomiasteczkowy karaoke", "kar", 209)])
add("de-umlaut", "unseen", track("Über sieben Brücken musst du gehn", ["Karat"], "Über sieben Brücken", 238),
    right=[song("Ueber sieben Bruecken musst du gehn", ["Karat"], "Best of Karat", 238)],
    wrong=[song("Über sieben Brücken musst du gehn", ["Peter Maffay"], "Revanche", 238), song("Über sieben Brücken musst du gehn (Live)", ["Karat"], "Live", 240), song("Der blaue Planet", ["Karat"], "Der blaue Planet", 238), ugc("Über sieben Brücken Karaoke", "kar", 238)])
add("vi-official", "unseen", track("Nơi Này Có Anh", ["Sơn Tùng M-TP"], "m-tp M-TP", 260),
    right=[official("NƠI NÀY CÓ ANH | OFFICIAL MUSIC VIDEO | SƠN TÙNG M-TP", ["Sơn Tùng M-TP"], 262)],
    wrong=[ugc("Nơi Này Có Anh - Sơn Tùng M-TP (Piano Version)", "p", 260), ugc("NƠI NÀY CÓ ANH karaoke beat chuẩn", "kar", 260), song("Lạc Trôi", ["Sơn Tùng M-TP"], "m-tp M-TP", 260), ugc("Nơi này có anh cover", "Hương", 258)])

# -- Latin letters ----

add("same-name-artists", "unseen", track("Hello", ["Lionel Richie"], "Can't Slow Down", 248),
    right=[song("Hello", ["Lionel Richie"], "Can't Slow Down", 249)],
    wrong=[song("Hello", ["Adele"], "25", 295), song("Hello", ["Lionel Richie Tribute"], "Hits", 248), song("Hello (feat. Dragonette)", ["Martin Solveig"], "Smash", 248), song("Hello (Live)", ["Lionel Richie"], "Live", 250)])
add("eponymous", "unseen", track("Black Sabbath", ["Black Sabbath"], "Black Sabbath", 380),
    right=[song("Black Sabbath (2009 Remaster)", ["Black Sabbath"], "Black Sabbath (2009 Remaster)", 380)],
    wrong=[song("N.I.B.", ["Black Sabbath"], "Black Sabbath", 380), song("Black Sabbath", ["Type O Negative"], "Nativity in Black", 465), song("Black Sabbath (Live)", ["Black Sabbath"], "Reunion", 389), ugc("Black Sabbath - Black Sabbath full album", "x", 2300)])
add("feat-spelling", "unseen", track("Stay (with Justin Bieber)", ["The Kid LAROI", "Justin Bieber"], "F*CK LOVE 3: OVER YOU", 141, explicit=True),
    right=[song("STAY", ["The Kid LAROI & Justin Bieber"], "STAY", 141, explicit=True)],
    wrong=[song("STAY", ["The Kid LAROI & Justin Bieber"], "STAY (Clean)", 141), song("Stay", ["Rihanna"], "Unapologetic", 240), song("STAY (Sped Up)", ["The Kid LAROI"], "STAY", 110), song("Stay (feat. Mikky Ekko)", ["Rihanna"], "Unapologetic", 141)])
add("feat-order", "unseen", track("Rather Be (feat. Jess Glynne)", ["Clean Bandit", "Jess Glynne"], "New Eyes", 227),
    right=[official("Clean Bandit - Rather Be ft. Jess Glynne [Official Video]", ["Clean Bandit"], 231)],
    wrong=[song("Rather Be (The Magician Remix)", ["Clean Bandit"], "Rather Be", 227), song("Rather Be", ["Pentatonix"], "PTX III", 227), ugc("Rather Be - Clean Bandit (Drum Cover)", "d", 228), song("Rather Be (feat. Jess Glynne) [Live]", ["Clean Bandit"], "Live", 240)])
add("topic-numerals", "unseen", track("Symphony of Sorrow Pt. II", ["Hollow Pines"], "Sorrow", 301),
    right=[topic("Symphony of Sorrow, Part 2", "Hollow Pines", 301)],
    wrong=[topic("Symphony of Sorrow, Part 1", "Hollow Pines", 301), topic("Symphony of Sorrow", "Hollow Pines", 301), topic("Symphony of Sorrow Pt. III", "Hollow Pines", 301), topic("Symphony of Sorrow Pt. II (Demo)", "Hollow Pines", 301)])
add("symbols", "unseen", track("+", ["Kernel Panic"], "+", 121),
    right=[topic("+", "Kernel Panic", 121)],
    wrong=[topic("-", "Kernel Panic", 121), topic("++", "Kernel Panic", 160), topic("Plus", "Other Band", 121), topic("+ (Remix)", "Kernel Panic", 130)])
add("dots", "unseen", track("...", ["Quiet Men"], "Nothing", 90),
    right=[topic("...", "Quiet Men", 90)],
    wrong=[topic("....", "Loud Men", 90), topic("Nothing", "Quiet Men", 90), topic("?", "Quiet Men", 90), tube("Quiet Men full album", "x", 2400)])
add("live-in-name", "unseen", track("Live and Let Die", ["Wings"], "Live and Let Die", 192),
    right=[song("Live And Let Die (2018 Remaster)", ["Paul McCartney", "Wings"], "Wings Greatest", 193)],
    wrong=[song("Live And Let Die", ["Guns N' Roses"], "Use Your Illusion I", 184), song("Live And Let Die (Live)", ["Paul McCartney", "Wings"], "Wings Over America", 193), song("Live And Let Die", ["101 Strings"], "Bond", 192), song("Let Me Roll It", ["Wings"], "Band on the Run", 192)])
add("radio-edit-length", "unseen", track("Children", ["Robert Miles"], "Dreamland", 247),
    right=[song("Children (Radio Edit)", ["Robert Miles"], "Children", 247)],
    wrong=[song("Children (Dream Version)", ["Robert Miles"], "Dreamland", 455), song("Children (Tinlicker Remix)", ["Robert Miles"], "Children", 247), song("Fable", ["Robert Miles"], "Dreamland", 247), song("Children", ["4 Clubbers"], "Children", 247)])
add("club-mix-wanted", "unseen", track("Sandstorm - Original Mix", ["Darude"], "Sandstorm", 446),
    right=[song("Sandstorm (Original Mix)", ["Darude"], "Sandstorm", 446)],
    wrong=[song("Sandstorm (Radio Edit)", ["Darude"], "Sandstorm", 226), song("Sandstorm (JS16 Remix)", ["Darude"], "Sandstorm", 446), song("Sandstorm (Live)", ["Darude"], "Live", 446), song("Feel the Beat", ["Darude"], "Before the Storm", 446)])
add("originally-performed", "unseen", track("Dancing in the Moonlight", ["Toploader"], "Onka's Big Moka", 232),
    wrong=[song("Dancing in the Moonlight (Originally Performed by Toploader)", ["Hit Masters"], "Hits", 232), song("Dancing in the Moonlight", ["King Harvest"], "Dancing in the Moonlight", 175), ugc("Toploader - Dancing in the Moonlight (originally performed by) instrumental", "kara", 232), song("Dancing in the Moonlight", ["Jubel"], "Single", 165), ugc("Dancing in the Moonlight (Originally Performed By Toploader)", "Zoom Hits", 232)])
add("sped-not-wanted", "unseen", track("Escapism.", ["RAYE", "070 Shake"], "My 21st Century Blues", 272, explicit=True),
    right=[topic("Escapism.", "RAYE", 272)],
    wrong=[topic("Escapism. (Sped Up)", "RAYE", 190), topic("Escapism.", "Chords & Co", 272), tube("RAYE - Escapism (Live at the Royal Albert Hall)", "RAYE", 300, verified=True), topic("Escapism. (Instrumental)", "RAYE", 272)])
add("slowed-wanted-mark", "unseen", track("Tek It (Slowed)", ["Cafuné"], "Running", 230),
    right=[topic("Tek It (Slowed)", "Cafuné", 230)],
    wrong=[topic("Tek It", "Cafuné", 191), topic("Tek It (Sped Up)", "Cafuné", 165), tube("cafune - tek it (slowed + reverb)", "slowverse", 245), topic("Tek It (Live)", "Cafuné", 230)])
add("remaster-year", "unseen", track("Wish You Were Here - 2011 Remastered Version", ["Pink Floyd"], "Wish You Were Here", 334),
    right=[topic("Wish You Were Here", "Pink Floyd", 335)],
    wrong=[topic("Wish You Were Here (Live at Knebworth)", "Pink Floyd", 335), topic("Wish You Were Here", "Brit Floyd", 334), topic("Wish You Were Here (Alternative Version)", "Pink Floyd", 372), tube("Pink Floyd - Wish You Were Here (tribute)", "x", 335)])
add("classical-topic", "unseen", track("Nocturne No. 2 in E-Flat Major, Op. 9, No. 2", ["Frédéric Chopin", "Arthur Rubinstein"], "Chopin: Nocturnes", 269),
    right=[song("Nocturnes, Op. 9: No. 2 in E-Flat Major", ["Arthur Rubinstein"], "Rubinstein Plays Chopin: Nocturnes", 269)],
    wrong=[song("Nocturnes, Op. 9: No. 1 in B-Flat Minor", ["Arthur Rubinstein"], "Nocturnes", 329), song("Nocturne No. 2 in E-Flat Major, Op. 9, No. 2", ["Maria João Pires"], "Chopin", 269), song("Nocturnes, Op. 27: No. 2 in D-Flat Major", ["Arthur Rubinstein"], "Nocturnes", 269), ugc("Chopin - Nocturne op.9 No.2 (1 hour)", "x", 3600)])
add("classical-de", "unseen", track("Die Zauberflöte, K. 620, Act II: Der Hölle Rache kocht in meinem Herzen", ["Wolfgang Amadeus Mozart", "Diana Damrau"], "Mozart: Opera Arias", 181),
    right=[song('Mozart: Die Zauberflöte, K. 620: "Der Hölle Rache kocht in meinem Herzen" (Königin der Nacht)', ["Diana Damrau"], "Mozart: Opera Arias", 181)],
    wrong=[song('Die Zauberflöte, K. 620: "O zittre nicht, mein lieber Sohn"', ["Diana Damrau"], "Mozart: Opera Arias", 300), song("Die Zauberflöte, K. 620, Act II: Der Hölle Rache kocht in meinem Herzen", ["Edda Moser"], "Mozart", 181), song("Die Zauberflöte, K. 620: Ouvertüre", ["Diana Damrau"], "Mozart", 181), ugc("Königin der Nacht karaoke", "k", 181)])
add("classical-movement-title", "unseen", track("The Four Seasons - Winter in F Minor, RV. 297: I. Allegro non molto", ["Antonio Vivaldi", "Itzhak Perlman"], "Vivaldi: The Four Seasons", 208),
    right=[song('Violin Concerto in F Minor, RV 297 "Winter": I. Allegro non molto', ["Itzhak Perlman", "London Philharmonic Orchestra"], "Vivaldi: The Four Seasons", 208)],
    wrong=[song('Violin Concerto in F Minor, RV 297 "Winter": III. Allegro', ["Itzhak Perlman"], "Vivaldi: The Four Seasons", 208), song('Violin Concerto in E Major, RV 269 "Spring": I. Allegro', ["Itzhak Perlman"], "Vivaldi: The Four Seasons", 208), song("The Four Seasons - Winter in F Minor, RV. 297: I. Allegro non molto", ["Joshua Bell"], "Vivaldi", 208), song('Violin Concerto in F Minor, RV 297 "Winter": II. Largo', ["Itzhak Perlman"], "Vivaldi: The Four Seasons", 150)])
add("soundtrack", "unseen", track('Let It Go - From "Frozen"/Soundtrack Version', ["Idina Menzel"], "Frozen (Original Motion Picture Soundtrack)", 223),
    right=[topic('Let It Go (From "Frozen"/Soundtrack Version)', "Idina Menzel", 224)],
    wrong=[topic('Let It Go (From "Frozen"/Single Version)', "Demi Lovato", 227), topic("Let It Go (Karaoke Version)", "Idina Menzel", 224), topic('Let It Go (From "Frozen"/Instrumental Karaoke)', "Frozen Karaoke", 224), tube("Let It Go - Frozen - Alex Boyé (Africanized Tribal Cover)", "Alex", 253)])
add("soundtrack-other-film", "unseen", track('Circle of Life - From "The Lion King"/Soundtrack', ["Carmen Twillie", "Lebo M."], "The Lion King", 239),
    right=[song("Circle of Life", ["Carmen Twillie", "Lebo M."], "The Lion King", 240)],
    wrong=[song("Circle of Life", ["Elton John"], "The Lion King", 291), song("Circle of Life / Nants' Ingonyama", ["Lindiwe Mkhize", "Lebo M."], "The Lion King (2019)", 239), song("Circle of Life (Karaoke)", ["Disney Karaoke"], "K", 239), song("Hakuna Matata", ["Nathan Lane"], "The Lion King", 239)])
add("lyric-video-ok", "unseen", track("Somewhere Only We Know", ["Keane"], "Hopes And Fears", 237),
    right=[official("Keane - Somewhere Only We Know (Official Music Video)", ["Keane"], 240)],
    ok=[ugc("Keane - Somewhere Only We Know (Lyrics)", "7clouds", 237)],
    wrong=[song("Somewhere Only We Know", ["Lily Allen"], "Single", 210), song("Somewhere Only We Know", ["rhianne"], "Single", 237), ugc("Keane - Somewhere Only We Know (sped up)", "s", 200), song("Everybody's Changing", ["Keane"], "Hopes And Fears", 237)])
add("ampersand-artist", "unseen", track("Islands in the Stream", ["Kenny Rogers", "Dolly Parton"], "Eyes That See in the Dark", 248),
    right=[song("Islands in the Stream (Duet with Dolly Parton)", ["Kenny Rogers"], "Eyes That See in the Dark", 248)],
    wrong=[song("Islands in the Stream", ["Bee Gees"], "Their Greatest Hits", 248), song("Islands in the Stream (Live)", ["Kenny Rogers"], "Live", 250), song("Islands in the Stream", ["Karaoke Duo"], "K", 248), song("Lady", ["Kenny Rogers"], "Greatest", 232)])
add("symbols-artist", "unseen", track("Midnight City", ["M83"], "Hurry Up, We're Dreaming", 243),
    right=[official("M83 'Midnight City' Official video", ["M83"], 246)],
    wrong=[song("Midnight City (Eric Prydz Private Remix)", ["M83"], "Remixes", 243), ugc("M83 - Midnight City (1 hour)", "x", 3600), song("Midnight City", ["Vitamin String Quartet"], "VSQ", 243), song("Midnight City (Live)", ["M83"], "Live", 243)])
add("cjk-brackets-fullwidth", "unseen", track("うっせぇわ", ["Ado"], "うっせぇわ", 204),
    right=[tube("【Ado】うっせぇわ", "Ado", 204, verified=True)],
    wrong=[tube("【歌ってみた】うっせぇわ / Ado covered by 花譜", "花譜", 204), tube("うっせぇわ ピアノ", "p", 204), tube("【Ado】ギラギラ", "Ado", 204, verified=True), tube("うっせぇわ - Ado（カラオケ）", "k", 204)])
add("es-accent", "unseen", track("Corazón Partío", ["Alejandro Sanz"], "Más", 345),
    right=[topic("Corazon partio", "Alejandro Sanz", 345)],
    wrong=[topic("Corazón partío (en vivo)", "Alejandro Sanz", 345), topic("Corazón Partío", "Rosario", 345), topic("Corazón partío (MTV Unplugged)", "Alejandro Sanz", 345), tube("Alejandro Sanz - Corazón Partío (Karaoke)", "kar", 345)])
add("pt-ao-vivo-wanted", "unseen", track("Evidências - Ao Vivo", ["Chitãozinho & Xororó"], "Ao Vivo", 285),
    right=[song("Evidências (Ao Vivo)", ["Chitãozinho & Xororó"], "Ao Vivo", 285)],
    wrong=[song("Evidências", ["Chitãozinho & Xororó"], "Cowboy do Asfalto", 278), song("Evidências (Ao Vivo)", ["Ana Carolina"], "Ao Vivo", 285), song("Evidências (Karaokê)", ["Karaokê BR"], "K", 285), song("Fio de Cabelo (Ao Vivo)", ["Chitãozinho & Xororó"], "Ao Vivo", 285)])
add("fr-apostrophe", "unseen", track("Je t’aime… moi non plus", ["Jane Birkin", "Serge Gainsbourg"], "Jane Birkin et Serge Gainsbourg", 262),
    right=[topic("Je T'Aime, Moi Non Plus", "Jane Birkin & Serge Gainsbourg", 262)],
    wrong=[topic("Je t'aime... moi non plus", "Brigitte Bardot", 262), topic("Je t'aime moi non plus (Instrumental)", "Serge Gainsbourg", 262), topic("69 année érotique", "Jane Birkin & Serge Gainsbourg", 200), tube("Je t'aime moi non plus (cover)", "duo", 262)])
add("it-live-album", "unseen", track("Albachiara", ["Vasco Rossi"], "Non siamo mica gli americani!", 245),
    right=[song("Albachiara (Remastered)", ["Vasco Rossi"], "Non siamo mica gli americani! 40° R>Play Edition", 245)],
    wrong=[song("Albachiara (Live)", ["Vasco Rossi"], "Fronte del palco", 245), song("Albachiara", ["Vasco Rossi"], "Va bene, va bene così (Live)", 252), song("Albachiara", ["Cover Italia"], "Hits", 245), song("Vita spericolata", ["Vasco Rossi"], "Bollicine", 245)])
add("number-title", "unseen", track("505", ["Arctic Monkeys"], "Favourite Worst Nightmare", 253),
    right=[topic("505", "Arctic Monkeys", 254)],
    wrong=[topic("505 (Live at the Royal Albert Hall)", "Arctic Monkeys", 254), topic("55", "Arctic Monkeys", 253), topic("505", "Piano Tribute Players", 253), tube("Arctic Monkeys - 505 (slowed + reverb)", "s", 300)])
add("one-word-artist-title", "unseen", track("Ghost", ["Halsey"], "BADLANDS", 153),
    right=[topic("Ghost", "Halsey", 154)],
    wrong=[topic("Ghost", "Justin Bieber", 153), topic("Ghosts", "Halsey", 153), topic("Ghost (Acoustic)", "Halsey", 153), topic("Ghost (Lost Kings Remix)", "Halsey", 153)])
add("mv-version", "unseen", track("TT", ["TWICE"], "TWICEcoaster: LANE 1", 213),
    right=[official('TWICE "TT" M/V', ["TWICE"], 216)],
    wrong=[official('TWICE "TT -Japanese ver.-" M/V', ["TWICE"], 216), official("TWICE「TT」Dance Practice Video", ["TWICE"], 216), ugc("TWICE - TT (Line Distribution)", "l", 213), song("TT", ["Sapphire"], "Kpop covers", 213)])
add("dance-practice", "unseen", track("Dynamite", ["BTS"], "Dynamite (DayTime Version)", 199),
    wrong=[official("BTS 'Dynamite' Dance Practice", ["BTS"], 200), official("BTS 'Dynamite' @ America's Got Talent", ["BTS"], 200), official("BTS 'Dynamite' Official Teaser", ["BTS"], 30), ugc("Dynamite - BTS - EASY Piano Tutorial", "p", 199), official("BTS 'Dynamite' MV Reaction by idols", ["BTS"], 199)])
add("line-dist", "unseen", track("How You Like That", ["BLACKPINK"], "THE ALBUM", 181),
    wrong=[official("BLACKPINK - 'How You Like That' DANCE PERFORMANCE VIDEO", ["BLACKPINK"], 182), ugc("BLACKPINK - How You Like That (Color Coded Lyrics) Line Distribution", "x", 600), ugc("How You Like That - Blackpink | 8 bit", "x", 181), song("How You Like That (JP Ver.)", ["BLACKPINK"], "THE ALBUM -JP Ver.-", 181)])
add("orchestra-wanted", "unseen", track("Viva la Vida", ["Coldplay"], "Viva la Vida or Death and All His Friends", 242),
    right=[topic("Viva La Vida", "Coldplay", 242)],
    wrong=[topic("Viva La Vida", "David Garrett", 242), topic("Viva La Vida", "Royal Philharmonic Orchestra", 242), topic("Viva La Vida (Live)", "Coldplay", 242), topic("Violet Hill", "Coldplay", 242)])
add("producer-credit", "unseen", track("ROCKSTAR (feat. Roddy Ricch)", ["DaBaby", "Roddy Ricch"], "BLAME IT ON BABY", 181, explicit=True),
    right=[ugc("DaBaby - Rockstar ft. Roddy Ricch (Official Audio) prod. by SethInTheKitchen", "DaBaby", 181)],
    wrong=[song("rockstar (feat. 21 Savage)", ["Post Malone"], "beerbongs & bentleys", 218, explicit=True), song("ROCKSTAR (feat. Roddy Ricch) [Live]", ["DaBaby"], "Live", 190), ugc("DaBaby ROCKSTAR type beat", "prod x", 181), song("Rockstar", ["Nickelback"], "All the Right Reasons", 181)])
add("type-beat", "unseen", track("Sicko Mode", ["Travis Scott"], "ASTROWORLD", 312, explicit=True),
    wrong=[ugc('[FREE] Travis Scott x Drake Type Beat - "Sicko Mode"', "prod beat", 200), ugc("Travis Scott - Sicko Mode (Type Beat)", "beats", 312), ugc("Sicko Mode but every beat is the same", "meme", 312), song("SICKO MODE (Skrillex Remix)", ["Travis Scott"], "SICKO MODE", 312, explicit=True)])
