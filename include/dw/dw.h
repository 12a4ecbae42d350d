/* dw/dw.h -- all of Dewar that an application may use. */
#ifndef DW_DW_H
#define DW_DW_H

#include "api_key.h"
#include "app.h"
#include "auth.h"
#include "command.h"
#include "ctx.h"
#include "docs.h"
#include "err.h"
#include "error.h"
#include "guard.h"
#include "issuer.h"
#include "job.h"
#include "load.h"
#include "log.h"
#include "mail.h"
#include "migration.h"
#include "order.h"
#include "query.h"
#include "repeat.h"
#include "req.h"
#include "route.h"
#include "schema.h"
#include "session.h"
#include "settings.h"
#include "token.h"
#include "tx.h"
#include "types.h"
#include "values.h"
#include "webhook.h"

#endif
