/* codec/html_escape.h -- text into HTML text or a quoted attribute. */
#ifndef DW_CODEC_HTML_ESCAPE_H
#define DW_CODEC_HTML_ESCAPE_H

#include "base/buf.h"

/* Appends `t` with & < > " ' as &amp; &lt; &gt; &#34; &#39;. Not for unquoted attributes, URLs, scripts, styles or comments. */
void dw__html_escape(struct buf *b, dw_text t);

#endif
