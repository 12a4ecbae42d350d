/* app/mfa_enrol.c -- a new seed, in the forms in which an authenticator takes it: URI, text, QR code. */
#include "auth/mfa.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/base32.h"
#include "codec/base64.h"
#include "codec/otpauth.h"
#include "content/qr.h"
#include "crypto/compare.h"

#define SVG_MAX ((size_t)64 << 10)
#define PNG_MAX ((size_t)32 << 10)
#define PNG_URI "data:image/png;base64,"

static dw_err put_picture(dw_ctx *ctx, const struct qr *qr, dw_mfa_enrolment *out)
{
    struct buf svg, png;
    char *text;
    dw_err err;

    dw__buf_init(&svg, ctx->arena, SVG_MAX);
    dw__buf_init(&png, ctx->arena, PNG_MAX);
    dw__qr_svg(qr, &svg);
    if ((err = dw__qr_png(qr, ctx->arena, &png)) != DW_OK)
        return err;
    text = dw__arena_bytes(ctx->arena, sizeof PNG_URI + DW__BASE64_SIZE(png.n));
    if (svg.failed || text == NULL)
        return DW_UNAVAILABLE;
    out->svg = (dw_text){svg.p, svg.n};
    out->png = (dw_bytes){(const uint8_t *)png.p, png.n};
    memcpy(text, PNG_URI, sizeof PNG_URI - 1);
    out->png_uri =
        (dw_text){text, sizeof PNG_URI - 1 + dw__base64_encode(png.p, png.n, text + sizeof PNG_URI - 1)};
    return DW_OK;
}

static dw_err show(dw_ctx *ctx, dw_text name, dw_bytes seed, dw_mfa_enrolment *out)
{
    char *secret = dw__arena_bytes(ctx->arena, DW__BASE32_SIZE(DW__TOTP_SEED));
    struct buf uri;
    struct qr qr;
    dw_err err;

    dw__buf_init(&uri, ctx->arena, DW__OTPAUTH_MAX);
    dw__otpauth_put(&uri, dw__text_of(ctx->services->mfa_issuer), name, seed);
    if (uri.failed || secret == NULL)
        return DW_UNAVAILABLE;
    out->uri = (dw_text){uri.p, uri.n};
    out->secret = (dw_text){secret, dw__base32_encode(seed.p, seed.n, secret)};
    err = dw__qr_make(out->uri, &qr);
    if (err == DW_OK)
        err = put_picture(ctx, &qr, out);
    dw__wipe(&qr, sizeof qr);
    return err;
}

dw_err dw_mfa_enrol(dw_ctx *ctx, int64_t account, dw_text name, dw_mfa_enrolment *out)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    uint8_t seed[DW__TOTP_SEED];
    dw_err err;

    *out = (dw_mfa_enrolment){0};
    if (mfa == NULL)
        return DW_INTERNAL;
    dw_random(seed, sizeof seed);
    err = show(ctx, name, (dw_bytes){seed, sizeof seed}, out);
    if (err == DW_OK)
        err = dw__mfa_begin(ctx, mfa, account, (dw_bytes){seed, sizeof seed}, 0);
    dw__wipe(seed, sizeof seed);
    if (err == DW_OK)
        DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.enrolled", account);
    else
        *out = (dw_mfa_enrolment){0};
    return err;
}
