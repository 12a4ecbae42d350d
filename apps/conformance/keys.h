/* conformance/keys.h -- the keys of https://issuer.test as its JWK sets: of keys/k1.json all, of keys/r1.json what is public.
 *
 * Test keys, as public as this file: whoever judges this application signs with them. */
#ifndef CONFORMANCE_KEYS_H
#define CONFORMANCE_KEYS_H

static const char issuer_test_shared[] =
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k1\",\"alg\":\"HS256\",\"k\":\"YtX_eUVhvDB22CLC5W3"
    "vn2DabcyMHAeruL006xJrrNg\"}]}";

static const char issuer_test_public[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\",\"alg\":\"RS256\",\"n\":\"9ay9TbeUw457RY0mqIm"
    "-ttVIU_tVK_j2Sfaanm8V2HEjExMH7jkUqDa4qQMXpy-GKaejtIERUUreP7RHtsHcF33lKnOFT6Bx1qL0tmsyimT"
    "7ArdyVxAb-cE-QwDAK1AEno_BTSdCS1edwpdBgUamJQWfeL6v4d1Lo9KaLdVy2Xv3zmSGDuJUzxDGdboosSDpv3c"
    "KbDdbUOXz3PENbtKDq6BeQAfO714f9lzZoLlx1FtOnZTmtzrYzp2mPfEkMh5bDdQJePVm_O4Pqk8fFLMxP2Ciolu"
    "Jvbi-fPqReCY23pEf6dNpKnj9snvtygOUtJBInYAjuCyw8qiHXnQkC2PTKw\",\"e\":\"AQAB\"}]}";

static const char issuer_test_short[] =
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k1\",\"alg\":\"HS256\",\"k\":\"OCBieXRlcyE\"}]}";

#endif
