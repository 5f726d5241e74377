"""The closed sets of names that the rules know."""

from __future__ import annotations


def split_names(names: str) -> frozenset[str]:
    """Return the names in a text that separates them by spaces."""
    return frozenset(names.split())


# HTML elements that readers keep, and those that they remove.
SAFE_ELEMENTS = split_names(
    "a abbr acronym address area article aside audio b bdi big blockquote br button canvas caption center cite "
    "code col colgroup command data datagrid datalist dd del details dfn dialog dir div dl dt em eventsource "
    "fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label "
    "legend li m main map mark menu meter nav noscript ol optgroup option output p picture pre progress q rp rt "
    "ruby s samp section select small source span strike strong sub summary sup table tbody td template textarea "
    "tfoot th thead time tr track tt u ul var video wbr"
)
RISKY_ELEMENTS = split_names(
    "applet base basefont bdo body comment embed frame frameset head html iframe isindex link listing meta "
    "noframes object param plaintext script slot style title xmp"
)
ELEMENTS = SAFE_ELEMENTS | RISKY_ELEMENTS

# CSS properties that readers keep. Those of boxes may name a side, such as margin-left.
BOX_STYLES = split_names("border margin padding")
STYLES = split_names(
    "azimuth background background-color clear color cursor direction display elevation float font font-family "
    "font-size font-style font-variant font-weight height letter-spacing line-height list-style-type overflow pause "
    "pause-after pause-before pitch pitch-range richness speak speak-header speak-numeral speak-punctuation "
    "speech-rate stress text-align text-decoration text-indent unicode-bidi vertical-align voice-family volume "
    "white-space width"
)

# ISO 639-1: every language code of two letters.
LANGUAGES = split_names(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io "
    "is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml "
    "mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se "
    "sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo "
    "wa wo xh yi yo za zh zu"
)

# Registered URL schemes that may occur in feeds.
SCHEMES = split_names(
    "cid crid data dict dns file ftp go gopher h323 http https imap info ipp ldap mailto mid "
    "nfs news nntp opaquelocktoken pop pres rtsp service sip sips tag tel telnet tftp tip tv urn "
    "wais xmpp"
)

# Link relations between a feed and its pages (RFC 5005), and all registered relations.
HISTORY = split_names("current first last next next-archive prev-archive previous")
RELATIONS = HISTORY | split_names(
    "alternate describedby edit edit-media enclosure hub license payment related replies search self service up via"
)
