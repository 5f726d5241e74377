"""Template syntax in bodies: what it shows is shown, what shows nothing goes, and nobody sees its source."""

from __future__ import annotations

import re
from functools import partial

import pytest
from effort import examples, for_each, is_quick, measure, stressed
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.template_syntax import describe_removals, strip_template_syntax
from feeds.articles.template_syntax.work import TemplateSite
from feeds.lib.text.markdown import render_markdown

KNOWN = {
    "other.md": "https://b.example/blog/other/",
    "posts/other.md": "https://b.example/blog/other/",
    "blog/other.md": "https://b.example/blog/other/",
    "2020-01-02-other": "https://b.example/blog/other/",
    "_posts/2020-01-02-other.md": "https://b.example/blog/other/",
    "Other": "https://b.example/blog/other/",
}
SITE = TemplateSite(
    "https://b.example/blog/", lambda name: KNOWN.get(name, ""), {"page.title": "A <b> title"}
)
FILM = "abcdefghijk"
PLAYER = f'<iframe src="https://www.youtube.com/embed/{FILM}"></iframe>'
NOTE = "<blockquote>\n**Note**\nText\n</blockquote>"


def strip(body: str, templates: str, path: str = "a.md") -> str:
    """The body without its empty lines."""
    lines = strip_template_syntax(body, templates, path, SITE).body.split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip(" >"))


SHORTCODES = {
    '{{< figure src="a b.png" alt="A" >}}': '<img src="a%20b.png" alt="A">',
    '{{< figure src="a.png" caption="Seen & done" >}}': '<figure>\n<img src="a.png" alt="Seen &amp; done">\n'
    "<figcaption>Seen &amp; done</figcaption>\n</figure>",
    '{{< figure src="a.png" caption="by [x](https://y.example/)" >}}': '<figure>\n<img src="a.png" alt="by x">\n'
    "<figcaption>\nby [x](https://y.example/)\n</figcaption>\n</figure>",
    '{{< figure src="a.png" caption="<b>Seen</b><br>late" >}}': '<figure>\n<img src="a.png" alt="Seenlate">\n'
    "<figcaption>\n<b>Seen</b><br>late\n</figcaption>\n</figure>",
    '{{< figure src="a.png" link="https://x.example/" >}}': '<a href="https://x.example/"><img src="a.png" alt=""></a>',
    f"{{{{< youtube {FILM} >}}}}": PLAYER,
    f'{{{{< youtube id="{FILM}" autoplay="true" >}}}}': PLAYER,
    f"{{{{<youtube {FILM}>}}}}": PLAYER,
    '<img src="{{< blogdown/postref >}}index_files/a.png" width="9">': '<img src="index_files/a.png" width="9">',
    f"{{{{< media/youtube {FILM} />}}}}": PLAYER,
    '{{< portrait src="/a.png" alt="A" >}}\n**b**\n{{< /portrait >}}': '<img src="/a.png" alt="A">\n**b**',
    '{{< chart src="data.csv" alt="A" >}}b': "b",
    "{{< vimeo 146022717 >}}": '<iframe src="https://player.vimeo.com/video/146022717"></iframe>',
    '{{< video src="a.mp4" >}}': '<video src="a.mp4" controls></video>',
    f"{{{{< video https://youtu.be/{FILM} >}}}}": PLAYER,
    "{{< gist jmooring 50a7482715eac222e230d1e64dd9a89b >}}": '<a href="https://gist.github.com/jmooring/50a7482715eac222e230d1e64dd9a89b">'
    "https://gist.github.com/jmooring/50a7482715eac222e230d1e64dd9a89b</a>",
    '{{< tweet user="who" id="123" >}}': '<a href="https://twitter.com/who/status/123">https://twitter.com/who/status/123</a>',
    "{{< x 123 >}}": '<a href="https://twitter.com/i/web/status/123">https://twitter.com/i/web/status/123</a>',
    '[a]({{< ref "other.md" >}}) [b]({{% relref "other.md#x" %}})': "[a](https://b.example/blog/other/) [b](https://b.example/blog/other/#x)",
    '[a]({{< ref "unknown.md" >}}) b': "a b",
    '{{< highlight go "linenos=table" >}}\nif a {\n  `b`\n}\n{{< /highlight >}}': "```go\nif a {\n  `b`\n}\n```",
    "a {{< highlight sh >}}ls{{< /highlight >}} b": "a `ls` b",
    "{{< mermaid >}}\na --> b\n{{< /mermaid >}}": "```mermaid\na --> b\n```",
    '{{< details summary="More" >}}\n**in**\n{{< /details >}}': "<details>\n<summary>More</summary>\n**in**\n</details>",
    "{{% note %}}\nText\n{{% /note %}}": NOTE,
    "{{< hint info >}}\nText\n{{< /hint >}}": NOTE.replace("Note", "Info"),
    '{{% notice tip "Try it" %}}Text{{% /notice %}}': NOTE.replace("Note", "Try it"),
    '{{< admonition type=warning title="Hot" >}}\nText\n{{< /admonition >}}': NOTE.replace("Note", "Hot"),
    '{{< tabs >}}{{% tab "One" %}}1{{% /tab %}}{{< /tabs >}}': "**One**\n1",
    '{{< button href="https://x.example/" >}}Go{{< /button >}}': '<a href="https://x.example/">Go</a>',
    "press {{< kbd Ctrl >}}": "press <kbd>Ctrl</kbd>",
    "{{< chart >}}\n1, 2\n{{< /chart >}}": "1, 2",
    "{{< rawhtml >}}<b>x</b>{{< /rawhtml >}}": "<b>x</b>",
    '{{< param "title" >}}': "A &lt;b&gt; title",
    "- item\n  {{< youtube abcdefghijk >}}\n  rest": f"- item\n  {PLAYER}\n  rest",
    "> {{% note %}}\n> Text\n> {{% /note %}}": "> <blockquote>\n> **Note**\n> Text\n> </blockquote>",
    "{{< comment >}}secret{{< /comment >}}a": "a",
    "> [!TIP]\n> Text": "> **Tip**\n> Text",
    "## Title {#id .x}\n\nText\n{.lead}": "## Title\nText",
    "| {{< kbd A >}} | b |": "| <kbd>A</kbd> | b |",
    "a {{< icon github >}} b": "a  b",
    f"{{{{< youtube-80 {FILM} >}}}}": PLAYER,
    '{{% pageinfo color="primary" %}}\nText\n{{% /pageinfo %}}': "<blockquote>\nText\n</blockquote>",
    '{{< copyable "shell" >}}\na': "a",
    '{{< zoomed "a.png" "What is to be seen" >}}': '<img src="a.png" alt="What is to be seen">',
    '{{< pair "a.png" "b.png" >}}a': "a",
    '{{< clip src="a.webm" caption="C & d" >}}': '<figure>\n<video src="a.webm" controls></video>\n<figcaption>C &amp; d</figcaption>\n</figure>',
    "{{< unknown": "{{< unknown",
}
LIQUID = {
    "![a]({{ site.baseurl }}/a.png)": "![a](/blog/a.png)",
    "![a]({{ site.url }}{{ site.baseurl }}/a.png)": "![a](https://b.example/blog/a.png)",
    '<img src="{{ "/a.png" | relative_url }}">': '<img src="/blog/a.png">',
    "[a]({{ '/b/' | absolute_url }})": "[a](https://b.example/blog/b/)",
    "[a]({{ '/b/' | prepend: site.baseurl }})": "[a](/blog/b/)",
    "[a]({% post_url 2020-01-02-other %})": "[a](https://b.example/blog/other/)",
    "[a]({% post_url 2020-01-02-unknown %})": "a",
    "[a]({% link _posts/2020-01-02-other.md %})": "[a](https://b.example/blog/other/)",
    "![a]({% link /assets/a.png %})": "![a](https://b.example/blog/assets/a.png)",
    "[a]({{ page.unknown }}) b": "a b",
    "![a]({{ page.unknown }}) b": " b",
    '<a href="{{ page.unknown }}">a</a>': "<a>a</a>",
    "{{ page.title }}": "A <b> title",
    "{% highlight ruby linenos %}\ndef a\n  {{ b }}\nend\n{% endhighlight %}": "```ruby\ndef a\n  {{ b }}\nend\n```",
    "{%- highlight js -%}\n1\n{%- endhighlight -%}": "```js\n1\n```",
    "{% raw %}{{ seen }}{% endraw %}": "{{ seen }}",
    "{% raw %}\n```html\n{{ seen }}\n```\n{% endraw %}": "```html\n{{ seen }}\n```",
    "```\n{% raw %}{{ seen }}{% endraw %}\n```": "```\n{{ seen }}\n```",
    "{% comment %}secret{% endcomment %}a": "a",
    "{% if page.a %}\nkept\n{% endif %}": "kept",
    "{% include nav.html %}a": "a",
    '{% include figure.html src="/a.png" caption="C" %}': '<figure>\n<img src="/a.png" alt="C">\n<figcaption>C</figcaption>\n</figure>',
    f'{{% include video id="{FILM}" provider="youtube" %}}': PLAYER,
    f"{{% youtube {FILM} %}}": PLAYER,
    "{% assign a = 'b' %}{{ a | upcase }}": "B",
    "{% capture a %}text{% endcapture %}{{ a }}": "text",
    "{# secret #}a": "a",
    "- a\n\n  | 1 | 2 |\n  | 3 | 4 |\n": "- a\n  | 1 | 2 |\n  |---|---|\n  | 3 | 4 |",
    "<a href={{ page.unknown }} class=b>a</a>": "<a class=b>a</a>",
    "a\n\n| 1 | 2 |\n| 3 | 4 |\n\n| a |\n|---|\n| b |": "a\n| 1 | 2 |\n|---|---|\n| 3 | 4 |\n| a |\n|---|\n| b |",
    "{% include links.md %}\n[a][b] ![c][] [d][]\n\n[D]: /d": "a !c [d][]\n[D]: /d",
    "<div>{% markdown %}**a**{% endmarkdown %}</div>": "<div>\n**a**\n</div>",
    "![a](/the files/b c.png) [d](see this) [e](</b c.png>)": "![a](/the%20files/b%20c.png) [d](see this) [e](</b c.png>)",
    "{% asset_img images/a.jpg What it is %}": '<img src="images/a.jpg" alt="What it is">',
    "{% photo /a.jpg It's \"new\" %}": '<img src="/a.jpg" alt="It&#x27;s &quot;new&quot;">',
    '{% framed "assets/a.jpg" "w-50" "A sentence of it" %}': '<img src="/assets/a.jpg" alt="A sentence of it">',
    '{% include "linked.html",\n  image: "/a.png",\n  alt: "A" %}': '<img src="/a.png" alt="A">',
    '{% include wide.html url="images/a.png" title="T" %}': '<figure>\n<img src="/images/a.png" alt="T">\n<figcaption>T</figcaption>\n</figure>',
    '{{ "jane-doe" | team_link }} {{ "jane" | team_photo }}{{ "nav.home" | t }}wrote this': "jane-doe wrote this",
    "Text\n{: .lead}": "Text",
    "* TOC\n{:toc}\n\nText": "Text",
    '[a](b){:target="_blank"}': "[a](b)",
    "{::comment}\nsecret\n{:/comment}\na": "a",
    "{% codeblock title lang:js %}\nlet a\n{% endcodeblock %}": "```js\nlet a\n```",
    "{% blockquote Somebody, A book https://x.example/ %}\nText\n{% endblockquote %}": "<blockquote>\nText\n"
    '<p>— <a href="https://x.example/">Somebody, A book</a></p>\n</blockquote>',
    "{% asset_img a.png A title %}": '<img src="a.png" alt="A title">',
    "{% img left /a.png 100 200 A title %}": '<img src="/a.png" alt="A title">',
    "{% link A page https://x.example/ %}": '<a href="https://x.example/">A page</a>',
    "{% note info %}\nText\n{% endnote %}": NOTE.replace("Note", "Info"),
    "{% note yellow, A **text**, and more %}": "<blockquote>\nA **text**, and more\n</blockquote>",
    "{% note A text %}": "<blockquote>\nA text\n</blockquote>",
    '{% note "A text", "tip" %}': "<blockquote>\nA text\n</blockquote>",
    "{% checkbox red checked, One thing %}": "One thing",
    "{% span center logo, A, b %} {% u c d %}": "A, b c d",
    "{% quot Old theme icon:hashtag %}": "Old theme",
    "{% label primary@A text %} {% label A text red %} {% label @b %}": "A text A text b",
    "{% hideInline A text,Show,red %}": "A text",
    "{% kbd Ctrl + C %} {% mark a b color:red %}": "<kbd>Ctrl + C</kbd> <mark>a b</mark>",
    "{% folding red open, A title %}\nText\n{% endfolding %}": "<details>\n<summary>A title</summary>\nText\n</details>",
    '{% folding "A title" %}\nText\n{% endfolding %}': "<details>\n<summary>A title</summary>\nText\n</details>",
    "{% hideToggle A title,red %}\nText\n{% endhideToggle %}": "<details>\n<summary>A title</summary>\nText\n</details>",
    "{% math %}\na_1\n{% endmath %}": "$$\na_1\n$$",
    "{% note %}{% note info %}{% checkbox %}{% label %}a": "a",
    "{% asset_image a.png %}": '<img src="a.png" alt="">',
    "{% callout %}\nText\n{% endcallout %}": "<blockquote>\nText\n</blockquote>",
    "{% css %}a { b: c }{% endcss %}x": "x",
}  # fmt: skip
ZOLA = {
    '{{ clip(video="posts/1/a.mp4") }}': '<video src="/posts/1/a.mp4" controls></video>',
    '{{ zoomed(src="a.png") }}{{ zoomed(src="./a.png") }}': '<img src="a.png" alt="">\n<img src="./a.png" alt="">',
    f'{{{{ youtube(id="{FILM}") }}}}': PLAYER,
    '{{ vimeo(id="1234") }}': '<iframe src="https://player.vimeo.com/video/1234"></iframe>',
    '{% quote(author="Vincent") %}\nText\n{% end %}': "<blockquote>\nText\n<p>— Vincent</p>\n</blockquote>",
    "{{ chart(data=[1, 2]) }}a": "a",
    '{{ katex(body="a_1 + 2") }} {{ katex(block=true) }}b': "$a_1 + 2$ b",
    "{% note() %}\nText\n{% end %}": NOTE,
    "{% katex(block=true) %}\na_1\n{% end %} b {% katex() %}c_1{% end %}": "$$\na_1\n$$\n b $c_1$",
    "[a](@/blog/other.md#x)": "[a](https://b.example/blog/other/#x)",
    "[a](@/blog/unknown.md)": "a",
    "`{{/* youtube(id=1) */}}`": "`{{ youtube(id=1) }}`",
    "## Title {#id}": "## Title",
}
MDX = {
    "import A from './A'\nimport { b } from 'b'\n\nText": "Text",
    "export const a = {\n  b: 1,\n}\n\nText": "Text",
    "import duties rose again.": "import duties rose again.",
    "import a from './a.png'\n\n<img src={a} alt=\"A\" className=\"x\" style={{b: 1}} />": '<img src="./a.png" alt="A">',
    "<img src={require('./a.png').default} />": '<img src="./a.png">',
    "![a](b) {/* secret */}c": "![a](b) c",
    "a {1 + 1} b{' '}c{\"d\"}": "a  b cd",
    f'<YouTube id="{FILM}" />': PLAYER,
    '<Tabs>\n  <TabItem value="a" label="A">\n\n    Text\n\n    - b\n      - c\n\n  </TabItem>\n</Tabs>': "**A**\nText\n- b\n  - c",
    "<Tabs>\n  <TabItem value='a'>\n\n  ```js\n  a\n    b\n  ```\n\n  </TabItem>\n</Tabs>": "**a**\n```js\na\n  b\n```",
    "<Chart data={[1, {a: '>'}]} />a": "a",
    "<Card>\n**in**\n</Card>": "**in**",
    '<Admonition type="tip" title="Try">Text</Admonition>': NOTE.replace("Note", "Try"),
    '<Link to="/a/">b</Link>': '<a href="/a/">b</a>',
    "<>a</>": "a",
    "<Link>a</Link> <Link /> <Link>": "a  ",
    "## Title {#id}": "## Title",
    ":::note\n\nText\n\n:::": NOTE,
    ":::tip[Try it]\nText\n:::": NOTE.replace("Note", "Try it"),
    ":::tip Try it\nText\n:::": NOTE.replace("Note", "Try it"),
    "::::note\n:::tip\nText\n:::\n::::": "<blockquote>\n**Note**\n<blockquote>\n**Tip**\nText\n</blockquote>\n</blockquote>",
    ":::unknown\nText\n:::": "Text",
    "<details>\n<summary>a</summary>\n**b**\n</details>": "<details>\n<summary>a</summary>\n**b**\n</details>",
    "<details>\n<summary>**a** `b`</summary>\n\nc\n</details>": "<details>\n<summary>\n**a** `b`\n</summary>\nc\n</details>",
    "<td colspan='2'>[a](b)</td>": '<td colspan="2">\n[a](b)\n</td>',
    '<Portrait src="/a.jpeg?w=9" alt="A" name="b" />': '<img src="/a.jpeg?w=9" alt="A">',
    "<my-note class='x'>\n\t*a*\n\t[b](c)\n</my-note>": "*a*\n[b](c)",
    "a <my-icon/>b": "a b",
    "<div>\n    **a**\n</div>": "<div>\n**a**\n</div>",
    "$a_{b}$ <https://x.example/>": "$a_{b}$ <https://x.example/>",
    "a \\{b\\} < c": "a \\{b\\} < c",
}  # fmt: skip
QUARTO = {
    '```{=html}\n<a href={{< meta title >}} class="b">{{< fa link >}}c</a>\n```': '<a href=A &lt;b&gt; title class="b">c</a>',
    "See @fig-salt-pan, [@tbl-x] and [-@sec-y].": "See Figure salt pan, Table x and Section y.",
    "So [see @doe:2020, p. 3; @roe_2021], and @doe2020a.": "So (see doe 2020, p. 3; roe 2021), and doe2020a.",
    "[@me](https://x.example/@me) @me me@x.example `@fig-x`": "[@me](https://x.example/@me) @me me@x.example `@fig-x`",
    "::: {.callout-note}\nText\n:::": NOTE,
    '::: {.callout-tip title="Try it" collapse="true"}\nText\n:::': NOTE.replace("Note", "Try it"),
    "::: callout-warning\n## Hot {#x}\n\nText\n:::": NOTE.replace("Note", "Warning").replace(
        "Text", "## Hot\nText"
    ),
    "::: {.callout-warning}\n## Hot {#x}\n\nText\n:::": NOTE.replace("Note", "Hot"),
    "::: {.column-margin}\nText\n:::": "Text",
    '```{r, echo=FALSE}\nknitr::include_graphics("a b.png")\n```': "![](<a b.png>)",
    "> ```{r}\n> #| fig-cap: 'So [it](b) is.'\n>\n> include_graphics('https://b.example/a.png', dpi = NA)\n> ```": "> ![So [it](b) is.](<https://b.example/a.png>)",
    '```{r}\nx <- 1\nknitr::include_graphics("a.png")\n```': '```r\nx <- 1\nknitr::include_graphics("a.png")\n```',
    "```{css, echo = FALSE}\na { color: red; }\n```": "",
    "```{js}\n//| echo: false\nalert(1);\n```": "",
    "```{css}\na { color: red; }\n```": "```css\na { color: red; }\n```",
    "```{python}\n#| label: a\n#| echo: false\nprint(1)\n```": "```python\nprint(1)\n```",
    "```{r, include=FALSE}\na\n```\nText": "Text",
    "```{r}\n#| include: false\na\n```\nText": "Text",
    '```{.python filename="a.py"}\na\n```': "```python\na\n```",
    "```{=html}\n<b>a</b>\n```": "<b>a</b>",
    '![a](b.png){width=50% fig-alt="c"}': "![a](b.png)",
    "[a]{.smallcaps} b": "a b",
    "{{< include _a.qmd >}}a": "a",
    "{{< kbd Ctrl-C >}}": "<kbd>Ctrl-C</kbd>",
    "`{{{< video a >}}}`": "`{{< video a >}}`",
    "{{{< video a >}}}": "{{< video a >}}",
    "- ::: x\n  a\n  :::": "-\n  a",
}
MKDOCS = {
    "!!! note\n\n    Text": NOTE,
    '!!! note "Read *this*"\n    Text\n\nafter': NOTE.replace("Note", "Read *this*") + "\nafter",
    '!!! note ""\n    Text': "<blockquote>\nText\n</blockquote>",
    '??? note "Open"\n    Text': "<details>\n<summary>Open</summary>\nText\n</details>",
    '!!! note\n    !!! tip inline end "B"\n        Text\n    c': "<blockquote>\n**Note**\n<blockquote>\n**B**\n"
    "Text\n</blockquote>\nc\n</blockquote>",
    "!!! note\n\n    ```py\n    a\n      !!! b\n    ```": "<blockquote>\n**Note**\n```py\na\n  !!! b\n```\n</blockquote>",
    '=== "One"\n\n    1\n\n=== "Two"\n\n    2': "**One**\n1\n**Two**\n2",
    "/// note | Read\nText\n///": NOTE.replace("Note", "Read"),
    '--8<-- "a.md"\nText': "Text",
    "[TOC]\nText": "Text",
    "[a](b){ .md-button } :material-check: c": "[a](b)  c",
    "++ctrl+c++": "<kbd>Ctrl</kbd>+<kbd>C</kbd>",
    "``` { .py .annotate }\na\n```": "```py\na\n```",
}
OBSIDIAN = {
    "[[Other]]": '<a href="https://b.example/blog/other/">Other</a>',
    "[[Other|text]]": '<a href="https://b.example/blog/other/">text</a>',
    "[[Other#Part]]": '<a href="https://b.example/blog/other/">Other > Part</a>',
    "[[Unknown|text]] [[Unknown]]": "text Unknown",
    "![[a b.png|300]]": '<img src="a%20b.png" alt="" width="300">',
    "![[Unknown]]": "Unknown",
    "a %%secret%% b": "a  b",
    "> [!note]- Read\n> Text": "> **Read**\n> Text",
    "> [!warning]\n> Text": "> **Warning**\n> Text",
    "==a==": "<mark>a</mark>",
    "Text ^abc123": "Text",
    "#tag stays": "#tag stays",
}
MARKDOWN_ELEMENTS = {
    '<div class="x" markdown="1">\n*a* [b](c)\n</div>': '<div class="x">\n*a* [b](c)\n</div>',
    "<div markdown>\n    *a*\n\n    b\n</div>": "<div>\n*a*\nb\n</div>",
    "<details markdown='1'><summary>S</summary>\n*a*\n</details>": "<details>\n<summary>S</summary>\n*a*\n</details>",
    '<figure markdown="span">\n  ![a](b)\n  <figcaption>c</figcaption>\n</figure>': "<figure>\n![a](b)\n<figcaption>c</figcaption>\n</figure>",
    '<div markdown="1">\n<div markdown="1">\n*a*\n</div>\n</div>': "<div>\n<div>\n*a*\n</div>\n</div>",
    '- a\n  <div markdown="1">\n  *b*\n  </div>': "- a\n  <div>\n  *b*\n  </div>",
    '<div markdown="1">\n```sh\n<b markdown="1">\n```\n</div>': '<div>\n```sh\n<b markdown="1">\n```\n</div>',
    '<p markdown="1">*a*</p>': "*a*",
    '<div markdown="0">\n*a*\n</div>': '<div markdown="0">\n*a*\n</div>',
    '<div markdown="1">\n*a*': '<div markdown="1">\n*a*',
}
OTHERS = {
    ("nikola", f"{{{{% youtube {FILM} %}}}}"): PLAYER,
    ("nikola", '{{% figure "a.png" %}}'): '<img src="a.png" alt="">',
    (
        "pelican",
        "![a]({static}/a.png) [b]({filename}other.md)",
    ): "![a](/blog/a.png) [b](https://b.example/blog/other/)",
    ("pelican", "![a](|static|a.png) [b]({filename}unknown.md)"): "![a](a.png) b",
    (
        "zola",
        '{{ gist(url="https://gist.github.com/me/0a1b2c") }}',
    ): '<a href="https://gist.github.com/me/0a1b2c">https://gist.github.com/me/0a1b2c</a>',
    # An address alone is worth a link, whatever the tag is called.
    ("hugo", '{{< toot "https://b.example/1" >}}'): '<a href="https://b.example/1">https://b.example/1</a>',
    ("eleventy", '{% shot "https://b.example/a.png" %}'): '<img src="https://b.example/a.png" alt="">',
    ("eleventy", 'a {% siteAvatar "https://b.example/" %} b'): "a  b",
    ("eleventy", '[a]({% mine "https://b.example/" %}) b'): "a b",
    ("hugo", '[a]({{< mine "https://b.example/" >}}) b'): "a b",
    ("hugo", '{{< mine "https://b.example/" >}}a{{< /mine >}}'): "a",
    ("liquid", "> [!NOTE]\n> a"): "> **Note**\n> a",
    ("pelican", "{% img /a.png 100 A title %}"): '<img src="/a.png" alt="A title">',
    ("pelican", '<div markdown="1">\n*a*\n</div>'): "<div>\n*a*\n</div>",
    ("hugo", '<div markdown="1">\n*a*\n</div>'): '<div markdown="1">\n*a*\n</div>',
    ("eleventy", ":::note\n\nText\n\n:::"): NOTE,
    ("docusaurus", "<!-- truncate -->\na"): "<!-- truncate -->\na",
    (
        "docusaurus",
        "```mdx-code-block\nimport A from 'a'\n\n<A>\n```\n\na\n\n```mdx-code-block\n</A>\n```",
    ): "a",
    ("docusaurus", '<Aside type="tip">a</Aside>'): NOTE.replace("Note", "Tip").replace("Text", "a"),
    ("docusaurus", '<Card title="A">b</Card>'): "**A**\nb",
    ("quarto", "a^[b c] d"): "a (b c) d",
    (
        "quarto",
        "{{< kbd mac=Cmd-K win=Ctrl-K >}} {{< kbd Enter >}} {{< kbd mac=Cmd >}}",
    ): "<kbd>Ctrl-K</kbd> <kbd>Enter</kbd> <kbd>Cmd</kbd>",
    ("quarto", "a^[[b](c) `[`\nand [d]] e"): "a ([b](c) `[`\nand [d]) e",
    ("obsidian", "| ![[b.png]] |"): '| <img src="b.png" alt=""> |',
    ("mkdocs", "`{ ... }` ## a{#b}"): "`{ ... }` ## a",
    ("mkdocs", "[Toc]\n\n`{ ... }`[a]{b}"): "`{ ... }`a",
    ("mkdocs", "==`a=b`== ^^`a^b`^^"): "<mark>`a=b`</mark> <ins>`a^b`</ins>",
    ("mkdocs", "==a== a == b == c ^^d^^"): "<mark>a</mark> a == b == c <ins>d</ins>",
    ("obsidian", "a\n\n```dataview\nLIST\n```"): "a",
    ("liquid", "{% post_link unknown A title %}"): "A title",
    ("docusaurus", '<LiteYouTubeEmbed id="abcdefghijk" title="A" />'): PLAYER,
    (
        "docusaurus",
        'Run:\n\n<CommandTabs\n  npm="npm install a"\n  yarn="yarn add a"\n  ci=""\n/>',
    ): "Run:\n<pre><code>npm install a\nyarn add a</code></pre>",
    ("docusaurus", '<Logo npm="a" title="b c" />d'): "d",
    ("hugo", '{{< install npm="npm i <a>" >}}'): "<pre><code>npm i &lt;a&gt;</code></pre>",
    ("liquid", '![a]({{ "/a.png" | relative_url }}){: .b}'): "![a](/blog/a.png)",
    ("liquid", "{% include embed/youtube.html id='abcdefghijk' %}"): PLAYER,
    ("hugo", '{{< youtube\n  id="abcdefghijk"\n  title="a > b"\n>}}'): PLAYER,
    ("docusaurus", "a {/* truncate */} b {/* c */}"): "a <!--more--> b",
    ("liquid", "a\n\n{% more %}\n\nb"): "a\n<!--more-->\nb",
    ("", "{{< a >}} {% b %} <C/>"): "{{< a >}} {% b %} <C/>",
    ("mdx", "import A from 'a'\n\n{1 + 1}"): "import A from 'a'\n{1 + 1}",
}
TABLE = [
    *(
        (templates, body, wanted)
        for templates, table in (
            ("hugo", SHORTCODES), ("liquid", LIQUID), ("zola", ZOLA), ("docusaurus", MDX), ("quarto", QUARTO),
            ("mkdocs", MKDOCS), ("obsidian", OBSIDIAN), ("mkdocs", MARKDOWN_ELEMENTS), ("liquid", MARKDOWN_ELEMENTS),
        )
        for body, wanted in table.items()
    ),
    *((templates, body, wanted) for (templates, body), wanted in OTHERS.items()),
]  # fmt: skip


@for_each(("templates", "body", "expected"), [
    # In pandoc, each block of HTML has Markdown in it.
    ("quarto", "<details>\n<summary>A</summary>\n- b\n</details>", "<li>b</li>"),
    ("hugo", "<details>\n<summary>A</summary>\n- b\n</details>", "\n- b\n"),
    ("quarto", '<div class="a">\n    *a*\n</div>', "    *a*"),
    # A picture alone in its line takes no line below it.
    ("obsidian", "a\n![[b.png]]\n- c", "<li>c</li>"),
    ("quarto", "a^[b\n\nc] d", "<p>c] d</p>"),
])  # fmt: skip
def test_markdown_beside_html_is_markdown_where_it_is_for_the_generator(
    templates: str, body: str, expected: str
) -> None:
    assert expected in render_markdown(strip_template_syntax(body, templates).body).html


UNKNOWN_ELEMENTS = {
    "<fancybox>\n![a](b.png)\n</fancybox>": "![a](b.png)",
    'a <keybd class="b">*c*</keybd> d': "a *c* d",
    "<tag>a <tag>b</tag></tag>": "a b",
    "Vec<u8> and List<String>": "Vec<u8> and List<String>",
    "</tag>a<tag>": "</tag>a<tag>",
    r"\<tag>a</tag>": r"\<tag>a</tag>",
    "`<tag>` <my-tag>a</my-tag> <kbd>b</kbd>": "`<tag>` <my-tag>a</my-tag> <kbd>b</kbd>",
    "```\n<tag>a</tag>\n```": "```\n<tag>a</tag>\n```",
}


@for_each(
    "templates", ["liquid", "hexo", "hugo", "eleventy", "zola", "quarto", "pelican", "nikola", "mkdocs"]
)
@for_each(("body", "wanted"), UNKNOWN_ELEMENTS.items())
def test_the_tags_of_an_element_that_html_does_not_know_go_if_something_ends_it(
    templates: str, body: str, wanted: str
) -> None:
    """As on the generator's own page; a site without a generator shows what its author wrote."""
    assert strip(body, templates) == wanted
    assert strip(body, "") == body


@for_each(("templates", "body", "wanted"), TABLE)
def test_what_is_plain_is_shown_and_the_rest_goes(templates: str, body: str, wanted: str) -> None:
    assert strip(body, templates) == "\n".join(line.rstrip() for line in wanted.split("\n"))


@for_each(
    ("templates", "tag", "pair"),
    [
        ("hugo", f"{{{{< youtube {FILM} >}}}}", "{{< tab A >}}c{{< /tab >}}"),
        ("liquid", f"{{% youtube {FILM} %}}", "{% tab A %}c{% endtab %}"),
        ("zola", f'{{{{ youtube(id="{FILM}") }}}}', '{% tab(name="A") %}c{% end %}'),
    ],
)
def test_what_stands_in_a_table_stays_in_its_cell(templates: str, tag: str, pair: str) -> None:
    """Rows need no sign at their ends, and an element at the beginning of one would end the table."""
    body = f"a | b\n---|---\n{tag} | b\nc | {tag}\n\n| a |\n|---|\n| {pair} |"
    assert strip(body, templates) == (
        f"a | b\n---|---\n|{PLAYER} | b\nc | {PLAYER}\n| a |\n|---|\n| **A**c |"
    )


def test_a_caption_with_the_sign_between_cells_stays_in_its_cell() -> None:
    body = '| a |\n|---|\n| {{< figure src="a.png" alt="b | c" >}} |'
    assert strip(body, "hugo") == '| a |\n|---|\n| <img src="a.png" alt="b &#124; c"> |'


@pytest.mark.parametrize("templates", ["eleventy", "hugo", "liquid", "zola", "mkdocs"])
def test_a_component_that_nothing_is_in_shows_what_it_has_or_is_named(templates: str) -> None:
    assert strip(f'<YouTubeVideo videoId="{FILM}" />', templates) == PLAYER
    found = strip_template_syntax('a <Chart kind="b" />c `<Chart />`', templates)
    assert (found.body, describe_removals(found.removed)) == ("a c `<Chart />`", '1 component "Chart"')


def test_a_file_of_mdx_is_read_as_such_whatever_its_site_is() -> None:
    assert strip("<C/>a", "mdx", "a.mdx") == strip("<C/>a", "hugo", "a.mdx") == "a"


def test_what_is_removed_is_named_with_its_number_and_its_line() -> None:
    body = "```\n{{< chart >}}\n```\n\na {{< chart 1 >}}\n{{< map >}}\n{{< chart 2 >}}"
    removed = strip_template_syntax(body, "hugo").removed
    assert describe_removals(removed) == '2 shortcodes "chart", 1 shortcode "map"'
    assert [one.line for one in removed] == [4, 5]


def test_a_cell_that_the_site_hides_too_is_no_loss() -> None:
    found = strip_template_syntax("```{r}\n#| a: b\n1\n```\n\n```{r, include=F}\n2\n```\nText", "quarto")
    assert ("2" in found.body, "Text" in found.body, found.removed) == (False, True, ())


def test_a_name_over_several_lines_is_named_in_one() -> None:
    removed = strip_template_syntax("{{ a\n  + b\t| c }}", "liquid").removed
    assert describe_removals(removed) == '1 expression "a + b"'


def test_many_kinds_of_removed_tags_are_summed_up() -> None:
    removed = strip_template_syntax(" ".join(f"{{{{< t{n} >}}}}" for n in range(50)), "hugo").removed
    assert describe_removals(removed).endswith('1 shortcode "t5" and 44 more')


# Text of each kind that has no sign of templates, or one that is no template.
CODE = "{{< a >}} {% b %} {{ c }} <D e={f}/> :::note !!! note [[g]] %%h%% {: .i} {/* j */} ![[k]]"
IN_CODE = [
    f"```\n{CODE}\n```",
    f"~~~ md\n{CODE}\n\n{CODE}\n~~~",
    f"a `` {CODE} `` b",
    f"<pre>\n{CODE}\n</pre>",
    f"<code>{CODE}</code>",
    f"- a\n\n  ```\n  {CODE}\n  ```",
    f"> ```\n> {CODE}\n> ```",
    f"a `{CODE}\n{CODE}` b",
    f"<!-- {CODE} -->",
    f"````\n```\n{CODE}\n```\n````",
]
KINDS = ["liquid", "hugo", "zola", "mdx", "quarto", "nikola", "docusaurus", "mkdocs", "obsidian", "pelican"]


@for_each("templates", KINDS)
@for_each("body", IN_CODE)
def test_code_is_left_alone(templates: str, body: str) -> None:
    around = "{{< x >}}{% y %}<Z/>{z}\n\n:::tip\n\n!!! tip\n\n[[a]] {: .b}\n\n"
    found = strip_template_syntax(f"{around}{body}", templates, "a.mdx").body
    assert body in found
    assert strip_template_syntax(body, templates).body == body


@for_each("templates", [kind for kind in KINDS if kind != "docusaurus"])
def test_indented_code_is_left_alone(templates: str) -> None:
    body = f"a\n\n    {CODE}\n\n    {CODE}\n"
    assert strip_template_syntax(body, templates).body == body


def test_what_goes_on_a_list_is_no_code() -> None:
    """Lists may stand up to three spaces to the right."""
    for margin in ("", " ", "   "):
        for sign in ("- ", "* ", "1. ", "2) "):
            body = f"Text\n\n{margin}{sign}One\n\n      {{{{< figure src=/a.png >}}}}\n"
            assert "{{<" not in strip_template_syntax(body, "hugo").body
    assert "{{<" in strip_template_syntax("Text\n\n   One\n\n      {{< figure src=/a.png >}}\n", "hugo").body


def test_code_that_its_generator_does_not_run_is_shown_without_the_signs_for_that() -> None:
    assert strip("`{{</* figure */>}}` `{{%/* a */%}}`", "hugo") == "`{{< figure >}}` `{{% a %}}`"
    assert strip('```\n{{</* figure src="a" */>}}\n```', "hugo") == '```\n{{< figure src="a" >}}\n```'


PIECES = st.sampled_from(
    [
        *(body for _, body, _ in TABLE), "{{<", ">}}", "{{%", "%}}", "{%", "%}", "{{", "}}", "{#", "#}", "<A", "</A>", "<A>",
        "<Link>",
        "<Image",
        "{", "}", ":::", ":::note", "!!! note", "    ", "\n", "\n\n", "`", "```", "~~~", "%%", "[[", "]]", "![[", "==",
        '"', "'", "\\", "<pre>", "</pre>", "<!--", "-->", "$", "- ", "> ", "\t", "|", "import a from 'b'", "{: .a}", "é",
        "{% raw %}", "{% endraw %}", "{% highlight a %}", "{% endhighlight %}", "{{< highlight a >}}", "/// a", "///",
        "<!--more-->", "[a](", ")", "{/*", "*/}", "\x01", "\x02", "1\x02", "\x03", "\x00",
    ]
)  # fmt: skip


@examples(80, 20_000)
@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(KINDS), st.sampled_from(["a.md", "a.mdx"]))
def test_whatever_is_written_is_read_without_a_mark_of_ours(body: str, templates: str, path: str) -> None:
    found = strip_template_syntax(body, templates, path, SITE)
    assert not set("\x01\x02\x03") & set(found.body) or found.body == body
    assert describe_removals(found.removed) is not None
    assert all(0 <= one.line <= body.count("\n") for one in found.removed)


SIGNS = {
    "hugo": r"\{\{[<%]|[<%%]\}\}", "liquid": r"\{%|%\}|\{\{|\{:", "docusaurus": r":::|</?[A-Z]|\{|^import", "quarto": r"\{\{<|:::|\{[.#]",
    "mkdocs": r"!!!|\?\?\?|===|--8<|\{ \.", "obsidian": r"\[\[|%%|\[!", "zola": r"\{\{|\{%|@/",
}  # fmt: skip
WHOLE = {
    kind: [
        body
        for templates, body, _ in TABLE
        if templates == kind and not re.search(r"raw %|\{\{\{|\$|\\|unknown$|\*/|^import d", body)
    ]
    for kind in SIGNS
}


@pytest.mark.parametrize("templates", SIGNS)
@examples(15, 3000)
@given(st.data())
def test_nothing_of_it_is_seen_as_source(templates: str, data: st.DataObject) -> None:
    bodies = data.draw(st.lists(st.sampled_from(WHOLE[templates]), min_size=1, max_size=8))
    found = strip_template_syntax("\n\n".join(bodies), templates, "a.md", SITE).body
    outside = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->", "", found, flags=re.DOTALL)
    assert re.search(SIGNS[templates], outside, re.MULTILINE) is None


HOSTILE = [
    "{{< ", "{{< a", '{{< a "', '{{< a b="', "{{< highlight a >}}", "{{< /a >}}", "{{< a >}}", "{{% note %}}x", "{{</*",
    "{% ", "{% a", "{% raw %}", "{% highlight a %}", "{% highlight a %}\n", "{% comment %}", "{% set a %}", "{{ a | ", "{{ ", "{# ",
    "{% if %}", "{{ a }}", "<A ", "<A b={", "<A b='", "<A>", "</A>", "<A b={1}/>", "<A\n", "{", "}", "{a", "{/*", "{a}", "<pre>", "<pre",
    "<!--", "```", "```\n", "`", "` `` ", "`a``b```", "$", "$a", "$$", ":::", ":::a\n", ":::note\n", "::a", "\n::", "::a[b]{c}\n", "!!! note\n",
    "!!! note\n    ", "    ", " ", "\t", "\n", "\n\n    a", "> ", "- ", "[[", "[[a]]", "[[a|", "![[a", "%%", "==", "==a", "^a", " ^a ",
    "{: ", "{:a}", "{#a", "{.a ", "){", " {", "[a]{", "[a](\x03", "[", "](", "++a", "++a+", ":material-", "import a\n", "export const a = {\n",
    "import {\n", "--8<-- \n", "[TOC]\n", "* a\n{:toc}\n", "{::comment}", "{::a", "/// a\n", "///\n", '=== "a"\n', "??? a\n", "> [!a]\n",
    "{{ a(", "{% a() %}", "{% end %}", "@/a", "](@/a", "{static}", "({static}a", "{{ toc }}\n", "@", "{{<a/>}}", "<A {...b} ", "{{{<", "```{r}\n",
    "```{r}\n#| a\n", "\x01", '<a href="{{ b }}', "{{ 'a' | b", '="{{ a }}', "\\", '"',
]  # fmt: skip
# This takes ten times as long as it may, if the time grows with the square, and a fiftieth of it if it does not.
SIZE, SECONDS = (1_000_000, 10) if stressed() else (10_000, 0.1)


@pytest.mark.slow
@for_each("unit", HOSTILE)
def test_the_time_is_proportional_to_the_length(unit: str) -> None:
    text = unit * (SIZE // len(unit))
    # What begins with something of each syntax is looked at by all of the code; a text of the unit alone is the other variant.
    started = f"{{{{< a >}}}}{{% b %}}{{# c #}}[[d]]:::\n!!! e\n{text}"
    for templates in ("hugo", "liquid", "docusaurus", "quarto", "mkdocs", "obsidian", "zola", "pelican"):
        for body in (text, started) if stressed() else (started,):
            taken = measure(partial(strip_template_syntax, body, templates, "a.md", SITE))
            assert is_quick(taken, SECONDS), templates


@pytest.mark.parametrize(
    "body",
    [
        '<div markdown="1">\n' * 3000,
        '<div markdown="1">\n' * 3000 + "</div>\n" * 3000,
        "<div markdown\n" * 20_000,
        "<div x='" + " markdown" * 20_000,
    ],
)
def test_elements_without_an_end_take_no_time_that_grows_with_their_square(body: str) -> None:
    assert is_quick(measure(lambda: strip(body, "mkdocs")), 1)
