"""The names of fields that are read whichever generator a site has."""

from __future__ import annotations

from collections.abc import Mapping

# Read for every generator, after what its own table names.
COMMON_FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "publishedDateTime": ("publisheddatetime", "date", "pubdate", "publishdate", "publish_date", "created"),
    "updatedDateTime": (
        "updateddatetime", "lastmod", "updated", "modified", "last_modified_at", "updateddate", "date_updated",
        "last_modified",
    ),
    "excerpt": ("excerpt", "description", "summary", "subtitle"),
    "topics": ("topics", "tags", "tag"),
    "categories": ("categories", "category"),
    "provider": ("provider",),
    "provider.authors": ("authors", "author"),
    "images": (
        "images", "image", "cover", "cover_image", "coverimage", "hero", "heroimage", "hero_image", "thumbnail",
        "banner", "featured_image", "featuredimage", "feature_image", "og_image", "header.image", "header.og_image",
        "header.teaser",
    ),
    "originalUrl": (
        "originalurl", "external-url", "external_url", "externalurl", "external_link", "link_url", "link",
    ),
    "webUrl": ("weburl",),
    "sourceUrl": ("sourceurl", "via"),
    "locale": ("locale", "lang", "language"),
    "featuredContent": ("featuredcontent",),
    "related": (),
    "quality": ("quality",),
    "heat": ("heat",),
    "slug": ("slug",),
    "expires": ("expirydate", "unpublishdate", "expires"),
}  # fmt: skip
# Read last of all: what authors of sites with a program of their own call the same.
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "publishedDateTime": (
        "pub_date", "published_at", "publishedat", "published_on", "publishedon", "date_published", "datepublished",
        "publication_date", "publicationdate", "pubdatetime", "posted", "posted_at", "post_date", "postdate",
        "created_at", "createdat", "date_created", "datecreated", "timestamp", "issued",
    ),
    "updatedDateTime": (
        "updated_at", "updatedat", "updated_on", "modified_at", "modifiedat", "date_modified", "datemodified",
        "last_updated", "lastupdated",
    ),
    "excerpt": ("teaser", "abstract", "lead", "dek"),
    "images": ("main_image", "mainimage", "social_image", "socialimage", "thumb", "picture", "photo"),
}  # fmt: skip
