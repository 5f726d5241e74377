// Prints what a package makes of a document: node node.mjs PACKAGE|opml ADDRESS
const [what, address] = process.argv.slice(2);
const response = await fetch(address);
if (!response.ok) throw new Error(`${response.status} for ${address}`);
const text = await response.text();

const href = (links, rel) => links?.find((link) => (link.rel ?? "alternate") === rel)?.href;
const media = (item) => [...(item.media?.contents ?? []), ...(item.media?.thumbnails ?? [])]
  .filter((picture) => (picture.medium ?? "image") === "image")
  .map((picture) => picture.url);

const smith = {
  atom: ({ title, links, entries }) => ({
    title: title?.value,
    home: href(links, "alternate"),
    items: entries.map((entry) => ({
      id: entry.id,
      title: entry.title?.value,
      link: href(entry.links, "alternate"),
      published: entry.published,
      pictures: media(entry),
    })),
  }),
  rss: ({ title, link, items }) => ({
    title,
    home: link,
    items: items.map((item) => ({
      id: item.guid?.value,
      title: item.title,
      link: item.link,
      published: item.pubDate,
      pictures: media(item),
    })),
  }),
  json: ({ title, home_page_url: home, items }) => ({
    title,
    home,
    items: items.map((item) => ({
      id: item.id,
      title: item.title,
      link: item.url,
      published: item.date_published,
      pictures: [item.image, ...(item.attachments ?? [])
        .filter((attached) => attached.mime_type?.startsWith("image/"))
        .map((attached) => attached.url)].filter(Boolean),
    })),
  }),
};

const readers = {
  async "rss-parser"() {
    const { default: Parser } = await import("rss-parser");
    const feed = await new Parser().parseString(text);
    const items = feed.items.map((item) => ({
      id: item.guid ?? item.id,
      title: item.title,
      link: item.link,
      published: item.isoDate,
      html: item["content:encoded"] ?? item.content,
    }));
    return { title: feed.title, home: feed.link, items };
  },
  async feedsmith() {
    const { parseFeed } = await import("feedsmith");
    const { format, feed } = parseFeed(text);
    return smith[format](feed);
  },
  async "@rowanmanning/feed-parser"() {
    const { parseFeed } = await import("@rowanmanning/feed-parser");
    const feed = parseFeed(text).toJSON();
    const items = feed.items.map((item) => ({
      id: item.id,
      title: item.title,
      link: item.url,
      published: item.published,
      pictures: [item.image?.url, ...item.media.filter(({ type }) => type === "image").map(({ url }) => url)],
    }));
    return { title: feed.title, home: feed.url, items };
  },
  async opml() {
    const { parseOpml } = await import("feedsmith");
    const inside = (outline, group) => (outline.xmlUrl
      ? [{ url: outline.xmlUrl, title: outline.title, group }]
      : (outline.outlines ?? []).flatMap((inner) => inside(inner, outline.text)));
    return parseOpml(text).body.outlines.flatMap((outline) => inside(outline, ""));
  },
};

console.log(JSON.stringify(await readers[what]()));
