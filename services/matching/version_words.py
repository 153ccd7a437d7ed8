"""The words that tell one recording of a song from another, and those that say nothing about it (`Official Video`)."""

# ruff: noqa: E501, ISC004  (the tables read best with a kind of version on few lines)
from __future__ import annotations

from enum import StrEnum


class Version(StrEnum):
    """A kind of recording other than the plain studio one."""

    LIVE = "live"
    REMIX = "remix"
    EDIT = "edit"
    EXTENDED = "extended"
    ACOUSTIC = "acoustic"
    INSTRUMENTAL = "instrumental"
    ACAPELLA = "a cappella"
    KARAOKE = "karaoke"
    COVER = "cover"
    TRIBUTE = "tribute"
    DEMO = "demo"
    SPED_UP = "sped up"
    SLOWED = "slowed"
    FILTERED = "8D or bass-boosted"
    LOFI = "lo-fi"
    LOOP = "loop"
    MASHUP = "mash-up"
    MEDLEY = "medley"
    REACTION = "reaction or talk"
    LESSON = "lesson"
    WHOLE_ALBUM = "whole album or mix"
    PREVIEW = "preview"
    ARRANGED = "another arrangement"
    LANGUAGE = "another language"
    RERECORDED = "re-recording"
    CLEAN = "clean edit"
    MONO = "mono mix"
    REPRISE = "reprise"
    INTERLUDE = "interlude"
    TV_SIZE = "TV size"
    PARODY = "parody"
    LONG = "long version"
    SHORT = "short version"
    MAKING_OF = "making of"
    MIX = "another mix"
    OTHER = "another version"


MUSICAL_FORMS = frozenset({Version.ARRANGED, Version.TRIBUTE, Version.INTERLUDE, Version.MEDLEY, Version.ACOUSTIC})
"""What is only the name of an instrument or a form in a classical title: `Violin Concerto`, `Prelude`."""

# In one spelling (`services.matching.text.words`); `(a|b)`, `[ab]`: either, `?`: or nothing. Of two phrases that begin
# with one word, the first one counts.
PHRASES: tuple[tuple[Version, str], ...] = (
    (Version.SPED_UP, r"sped( up)?|speed up|spedup|speedup|sped version|fast version|faster|nightcore|nightstyle|night core"
                      r"|high pitched|pitched( up)?|chipmunks?"),
    (Version.SLOWED, r"slowed|slow version|slower|reverb(ed)?|daycore|screwed|chopped|ultra slow|slowmo|super slow"),
    (Version.FILTERED, r"8d|9d|16d|32d|360 audio|bass ?boost(ed)?|bassboosted|empty (arena|hall|room|mall)|from another room"
                       r"|in another room|432 ?hz|528 ?hz|3d audio|spatial|muffled|underwater|earrape|surround sound"),
    (Version.LOFI, r"lo ?fi|chillhop|vaporwave|jersey club|phonk|hardstyle|drill|synthwave|drum and bass version|techno version"),
    (Version.LOOP, r"one hour|hour (loop|version)|loop(ed)?|on repeat|extended loop|looping"),
    (Version.KARAOKE, r"kara|sing ?along|singalong|playback|backing track|minus one|no vocals?|without vocals?"
                      r"|off vocal|noraebang|lower key|higher key|made famous( by)?|originally performed( by)?|in the style( of)?"
                      r"|as made famous|style of|guide melody|vocals? removed|drumless|bassless|sin voz"),
    (Version.TRIBUTE, r"tribute( to)?|lullaby|lullabies|performs|8 ?bit|8bit|chiptune|string quartet|music box|orgel|orugoru"
                      r"|ringtone|bardcore|pan flute|for babies|rockabye|hommage|renditions?( of)?|synthesi[sz]ed"),
    (Version.COVER, r"cover(ed|s)?|covering|kaver|kabaa|cover version|by request|(ep|vs)? ?utattemita|x factor|the voice|got talent"
                    r"|american idol|audition|amateur|my version|mi version|singing|sings|canta|performed by"),
    (Version.INSTRUMENTAL, r"instrumentals?|inst|instrumentale|instrumentalna|instru|strumentale|beat only|type beat|type beats"),
    (Version.ACAPELLA, r"a ?capp?ella|acapp?ellas?|vocals? only|isolated vocals?|stems?|voice only|only vocals?"),
    (Version.ACOUSTIC, r"acustic[oa]|acoustique|akusticheskaya|unplugged|stripped( down)?|campfire"
                       r"|fireside|piano version|piano and voice|guitar version|versao acustica"),
    (Version.ARRANGED, r"orchestral|orchestra version|symphonic|philharmonic|piano|guitar|violin|cello|saxophone|sax|flute"
                       r"|ukulele|harp|kalimba|marimba|trumpet|jazz version|metal version|rock version|country version"
                       r"|reggae version|salsa version|bachata version|marching band|choir version|ballad version|string version"
                       r"|strings version|big band version|swing version|bossa nova|music ?box|accordion|drums? version"),
    (Version.LESSON, r"how to play|how to sing|tutorials?|lessons?|chords?|tabs?|tablature|play ?through|drum cam|play along|synthesia"
                     r"|sheet music|partitura|backing|gear|rig rundown|cifra|aula|guitar solo|bass line|easy piano|midi"),
    (Version.LIVE, r"live (at|in|from|on)|live"
                   r"|en vivo|ao vivo|en directo|dal vivo|en concert|in concert|in concerto|concert|konzert|kontsert|koncert"
                   r"|koncie?rt|na zhivo|vzhivuyu|zhivoy|na zywo|raibu|raibeu|laibu|laibeu|laiv|lajv|canli|tour|festival|fest|session(s)?|tiny desk|kexp"
                   r"|live lounge|jools holland|letterman|fallon|kimmel|snl|saturday night live|colbert|late show|tonight show"
                   r"|glastonbury|coachella|lollapalooza|wembley|rock in rio|rock am ring|red rocks|bootleg concert|stadium|arena"
                   r"|jimmy|bbc radio|radio 1|soundcheck|rehearsal|old grey whistle test|top of the pops|totp|grammys?|brit awards"
                   r"|vmas?|amas|mtv|halftime|super bowl|fancam|concierto|show|recital|awards?|live version|a colors show|from the basement"
                   r"|on air|in studio|busking|street performance|rockefeller|ed sullivan|american bandstand|music bank|inkigayo"
                   r"|mcountdown|m countdown|the first take|encore|dvd|bootleg recording|world tour|anfiteatro|hyde park|unplugged"),
    (Version.REMIX, r"rmx|rework(ed)?|bootleg|flip|vip|mixed|dj mix|club mix|dub mix|dub|house mix|dance mix|re ?edit"
                    r"|refix|remezcla|remiksi?|club edit|dance version|trance mix|festival mix|edm|tiktok (version|edit|mix)"
                    r"|vocal mix|bounce|mixtape"),
    (Version.MASHUP, r"mash ?ups?|versus|blend"),
    (Version.MEDLEY, r"medley|potpourri|megamix|mega mix|nonstop|non stop|minimix|mini mix"),
    (Version.WHOLE_ALBUM, r"full album|full ep|album completo|complete album|entire album|full lp|full ost|discography|greatest hits|playlist"
                          r"|compilation|full soundtrack|album stream|all songs|best of|best songs|relaxing music|study sleep|full concert"
                          r"|complete ost|full cd|disco completo"),
    (Version.REACTION, r"reaction|reacts?|reacting|first time hearing|first listen|review|analysis|explained|meaning|breakdown"
                       r"|interview|podcast|episode|documentary|vocal coach|ranking|trivia|behind the meaning|vlog|unboxing|talks about"
                       r"|commentary|shows? (us )?how|story behind|meme|gameplay|speech"),
    (Version.MAKING_OF, r"making of|behind the scenes|studio diary|bts footage|in the studio|deleted scene|outtakes?|bloopers?"),
    (Version.PREVIEW, r"snippets?|previews?|teasers?|trailers?|sneak peek|coming soon|excerpt|clip from|shorts?|sample|unreleased|leak(ed)?"
                      r"|30 sec(onds)?|whatsapp status|status|ringtones?|intro only|chorus only|short clip|part only"),
    (Version.DEMO, r"rough mix|outtake|early version|working version|first version|home recording|unfinished"
                   r"|writing session|voice memo|work in progress|original version demo|early take|scratch"),
    (Version.RERECORDED, r"taylors version|re ?recorded|rerecorded|re ?recording|new version|new recording"
                         r"|anniversary version|revisited|re ?imagined|redux|from the vault|my version"),
    (Version.LANGUAGE, r"(english|spanish|japanese|korean|french|german|italian|portuguese|chinese|mandarin|hindi|russian|thai|arabic"
                       r"|turkish|polish|dutch|swedish|hebrew|indonesian|tagalog|tamil|telugu|jp|jpn|kr|kor|eng|cn|spanglish)"
                       r" (version|ver|lyrics version|dub|cover)"
                       r"|en espanol|in english|em portugues|auf deutsch|in italiano|en francais|en ingles|in spanish|in japanese"
                       r"|in korean|japanese|spanish|english|korean"),
    (Version.TV_SIZE, r"tv ?size|tvsize|tv edit|tv version|anime ver(sion)?|opening size|short size|game size"),
    (Version.CLEAN, r"clean|censored|radio clean|edited|bleeped"),
    (Version.EDIT, r"radio edit|radio version|radio mix|single edit|short edit|edit|single version|single mix|7 (inch|mix|edit|version)|video edit|video version"),
    (Version.EXTENDED, r"12 (inch|mix|version|single)|maxi single|club version|longer"),
    (Version.LONG, r"long version|full length version|uncut|unabridged"),
    (Version.SHORT, r"short version|short film|short|shortened|abridged|cut version"),
    (Version.MONO, r"mono( version| mix)?"),
    (Version.REPRISE, r"reprise|repriza"),
    (Version.INTERLUDE, r"interlude|skit|intermission|intro|outro|prelude|overture|epilogue|prologue|finale"),
    (Version.PARODY, r"parody|parodia|minecraft|but its|but every|but with|in 30 seconds|otamatone|goat|ai cover|ai"),
)  # fmt: skip

# What no list can hold. Tried where no phrase fits, at words that begin with one of `OPEN_BEGINNINGS`.
OPEN: tuple[tuple[Version, str], ...] = (
    (Version.SPED_UP, r"1 [1-5]\d?x"),
    (Version.LOOP, r"\d+ ?(?:h|hr|hrs|hours?|heures?|horas?|stunden?|ore)|\d+ ?min(?:ute)?s? (?:loop|version)"),
    (Version.KARAOKE, r"karaoke\w*"),
    (Version.ACOUSTIC, r"acoustic\w*|akustik\w*"),
    # A day is the day of a concert.
    (Version.LIVE, r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
                   r" \d{1,2}(?:st|nd|rd|th)? \d{4}"),
    (Version.REMIX, r"remix\w*"),
    (Version.WHOLE_ALBUM, r"top \d+"),
    (Version.DEMO, r"demo\w*|take \d+|alternat(?:e|ive)(?: \w+)?"),
    (Version.LANGUAGE, r"(?:version|versao|versione|versija) (?:en |in |em |auf )?"
                       r"(?:espanol\w*|castellano|ingles\w*|english|portugues\w*|italian\w*|franc\w+|deutsch|japones\w*|coreano)"),
    (Version.EXTENDED, r"extended\w*"),
)  # fmt: skip
OPEN_BEGINNINGS = frozenset(
    "kara acou akus janu febr marc apri may june july augu sept octo nove dece remi top demo take alte vers exte".split()  # noqa: SIM905
)
LONGEST = 5
"""Words of the longest phrase."""

# In titles of the concerned scripts; compared with the text as written, which transliteration would garble.
NATIVE_WORDS: tuple[tuple[Version, str], ...] = (
    (Version.LIVE, "ライブ|ライヴ|生演奏|라이브|콘서트|직캠|לייב|הופעה|קיסריה|концерт|вживую|ζωντανά|مباشر|حفلة|حفل|现场|現場|演唱會|演唱会|แสดงสด"),
    (Version.COVER, "歌ってみた|弾いてみた|叩いてみた|演奏してみた|カバー|カヴァー|翻唱|커버|кавер|перепела|ปก|คัฟเวอร์|קאבר|كوفر|cover"),
    (Version.KARAOKE, "カラオケ|ガイド無|노래방|караоке|минус|伴奏|卡拉|คาราโอเกะ|קריוקי|كاريوكي"),
    (Version.TRIBUTE, "オルゴール|8bitアレンジ"),
    (Version.INSTRUMENTAL, "インスト|纯音乐|純音樂|반주|инструментал|موسيقى فقط"),
    (Version.ACOUSTIC, "アコースティック|어쿠스틱|акустик|אקוסטי|אנפלאגד"),
    (Version.ARRANGED, "ピアノ|ギター|피아노|пианино|钢琴|鋼琴|吉他"),
    (Version.REMIX, "リミックス|리믹스|ремикс|רמיקס|ريمكس|混音"),
    (Version.LOOP, "耐久|作業用|1時間|시간|час |小时|小時|循环|循環"),
    (Version.SPED_UP, "倍速|高速|빠르게|ускор"),
    (Version.SLOWED, "замедл|느리게"),
    (Version.WHOLE_ALBUM, "メドレー|全曲|合集|альбом полностью|전곡|모음"),
    (Version.LESSON, "解説|講座|разбор|аккорды|강좌|コード|楽譜"),
    (Version.REACTION, "реакция|리액션|反応|反應"),
    (Version.PREVIEW, "試聴|ティザー|티저|予告|短编"),
    (Version.TV_SIZE, "TVサイズ|テレビサイズ|アニメサイズ"),
    (Version.LANGUAGE, "日本語版|英語版|中文版|国语版|粤语版|英文版|한국어|영어 버전|ver.日本語"),
    (Version.PARODY, "替え歌|пародия|패러디"),
)  # fmt: skip

# Words that may follow a title without making it another recording.
NOISE = frozenset(
    """
    official officiel officielle oficial ofizielles offizielles ufficiale ofisial video videos videoclip clip clipe klip klipp
    music musik musica musique muzik audio audios lyric lyrics lyrical letra letras lirik liriks paroles testo tekst text texte
    songtext sozleri hd hq uhd 4k 8k 1080p 720p 60fps hi res hires mv m v pv visual visualizer visualiser visuals animated song
    songs lagu cancion full new nuevo latest free download descarga no copyright ncs release released records recordings prod by
    produced remaster remastered remasterizado remasterizada digital digitally stereo explicit uncensored album single ep lp ost
    soundtrack sountrack theme original motion picture version from the film movie game series television out now premiere with
    sub subs subtitles subtitulado legendado traducao traduccion sottotitoli altyazili romanized rom han eng kan esp vietsub
    terjemahan translation translated color coded edition deluxe bonus track tracks disc side cd vinyl rip lossless flac mp3 high
    quality sound best upload topic vevo tv channel and feat ft on in at of de la el a an to for und y et e x hit hits chart rpm
    78 film ver us uk remasters master mastered analog anniversary expanded special limited collectors legacy standard
    """.split()  # noqa: SIM905  (a list of a hundred quoted words reads worse)
)
